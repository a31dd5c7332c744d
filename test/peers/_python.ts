/** The Python environment that install.sh makes. Run from the root of the project. */
import { execFileSync, spawnSync } from 'node:child_process';

const BIN = '.cache/peers/bin';

/** Runs a program; its input and output are JSON. */
export const python = (program: string, input: unknown = null): unknown => {
  const output = execFileSync(`${BIN}/python`, ['-c', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output);
};

export const versionOf = (name: string): string => {
  const program = `import importlib.metadata, json; print(json.dumps(importlib.metadata.version(${JSON.stringify(name)})))`;
  return python(program) as string;
};

export interface Ran {
  readonly ok: boolean;
  /** Both streams, without the colours. */
  readonly text: string;
}

/** Runs a command of the environment. */
export const command = (name: string, args: readonly string[]): Ran => {
  const { status, stdout, stderr, error } = spawnSync(`${BIN}/${name}`, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', COLUMNS: '200' },
  });
  if (error !== undefined) throw error;
  return { ok: status === 0, text: `${stdout}${stderr}` };
};
