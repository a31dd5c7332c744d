/** A folder of its own for what a peer reads and writes, and the commands of the environment that install.sh makes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  readonly status: number;
  readonly output: string;
}

export interface Folder {
  /** A path in the folder. */
  file(name: string): string;
  /** Runs a command in it. */
  tool(name: string, ...args: string[]): Ran;
}

const tools = join(process.cwd(), '.cache/peers/bin');

/** Opens a folder for as long as `use` takes. */
export const withFolder = <T>(use: (folder: Folder) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-peer-'));
  try {
    return use({
      file: (name) => join(folder, name),
      tool: (name, ...args) => {
        const ran = spawnSync(join(tools, name), args, { cwd: folder, encoding: 'utf8' });
        if (ran.error) throw ran.error;
        return { status: ran.status ?? -1, output: `${ran.stdout}${ran.stderr}`.trim() };
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
