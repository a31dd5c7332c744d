/** A simulated board in a folder, served by `flipside sim serve` in a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandAsyncOf, commandOf, FLIPSIDE } from '../_command.ts';
import { seededPem } from '../publisher/_keys.ts';
import { imageOf, packOf } from './_rig.ts';

const env = { ...process.env, NO_COLOR: '1' };

export interface Ran {
  readonly status: number | null;
  readonly rows: Record<string, unknown>[];
  readonly stderr: string;
}

export interface Served {
  readonly folder: string;
  /** The socket of the line. */
  readonly socket: string;
  readonly bundle: string;
  readonly bundleBytes: number;
  /** Starts the board; it is killed by `stop`, in whatever it does. */
  start(): Promise<void>;
  stop(): Promise<void>;
  flipside(...args: string[]): Promise<Ran>;
}

/** `blocks` of image; every third one is new in the update. */
export const servedBoard = (blocks: number, profile: string): Served => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-serial-'));
  const own = Array.from({ length: blocks }, (_, at) => at).filter((at) => at % 3 === 1);
  const first = packOf(imageOf(blocks, 1), 1);
  const update = packOf(imageOf(blocks, 2, own), 2);
  const files = { 'key.pem': seededPem(1), 'i1.bin': first.image, 'u1.bundle': first.bundle };
  for (const [name, content] of Object.entries({ ...files, 'u2.bundle': update.bundle }))
    writeFileSync(join(folder, name), content);
  const create =
    `sim create board --board ${profile} --anchor key.pem --vendor example.com --class lamp ` +
    `--image i1.bin --envelope u1.bundle`;
  commandOf(FLIPSIDE, { cwd: folder })(...create.split(' '));
  const command = commandAsyncOf(FLIPSIDE, { cwd: folder });
  let child: ChildProcess | undefined;
  const socket = join(folder, 'line');
  return {
    folder,
    socket,
    bundle: join(folder, 'u2.bundle'),
    bundleBytes: update.bundle.length,
    start: () =>
      new Promise((resolve, reject) => {
        child = spawn(process.execPath, [FLIPSIDE, 'sim', 'serve', 'board', '--listen', `unix:${socket}`], {
          cwd: folder,
          env,
        });
        child.once('exit', (code) => reject(new Error(`sim serve: exit ${code}`)));
        child.stdout!.resume();
        child.stderr!.on('data', (text: Buffer) => {
          if (text.includes('serial line at')) resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        if (child === undefined || child.exitCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
    async flipside(...args) {
      const { status, stdout, stderr } = await command(...args, '--json');
      const { rows } = JSON.parse(stdout) as { rows: Record<string, unknown>[] };
      return { status, rows, stderr };
    },
  };
};
