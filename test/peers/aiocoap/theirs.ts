/** aiocoap, in a process of its own: peer.py, and the folder in which it keeps a security context. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PYTHON = '.cache/peers/bin/python';
const PROGRAM = 'test/peers/aiocoap/peer.py';

/** RFC 8613 appendix C, but for the ids. */
export const SECRET = '0102030405060708090a0b0c0d0e0f10';
export const SALT = '9e7ca92223786340';
export const OURS = 'c1';
export const THEIRS = '5e';

/** As FilesystemSecurityContext reads it. */
export const contextFolder = (root: string, idContext?: string, secret: string = SECRET): string => {
  const folder = join(root, 'context');
  mkdirSync(folder);
  const settings = {
    'sender-id_hex': THEIRS,
    'recipient-id_hex': OURS,
    secret_hex: secret,
    salt_hex: SALT,
    ...(idContext === undefined ? {} : { 'id-context_hex': idContext }),
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  return folder;
};

export interface Theirs {
  readonly child: ChildProcess;
  /** The next line of JSON that it prints. */
  next(): Promise<Record<string, unknown>>;
  /** Without a chance to write down what it knows. */
  kill(): Promise<void>;
}

export const startTheirs = (
  what: string,
  folder: string,
  port: number,
  files: readonly string[] = [],
): Theirs => {
  const child = spawn(PYTHON, [PROGRAM, what, folder, String(port), ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => (errors += text.toString()));
  return {
    child,
    async next() {
      const line = await lines.next();
      if (line.done) throw new Error(`aiocoap ended: ${errors.trim().split('\n').at(-1)}`);
      const told = JSON.parse(line.value) as Record<string, unknown>;
      if (told['error'] !== undefined) throw new Error(`aiocoap: ${String(told['error'])}`);
      return told;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
};
