/** A Java program of this folder on Leshan, led by lines of JSON. Run from the root of the project. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Line = Readonly<Record<string, unknown>>;

export interface JavaProcess {
  readonly lines: readonly Line[];
  /** Ports of its server: of coap, and of coaps where it has it. */
  readonly port: number;
  readonly securePort: number;
  /** The next line from number `from` on that holds; its number too. */
  wait(what: string, holds: (line: Line) => boolean, from?: number): Promise<{ line: Line; at: number }>;
  send(line: Line): void;
  stop(): Promise<void>;
}

const PATIENCE = 60_000;
const SOURCES = 'test/peers/leshan';

/** `libraries`: a folder below .cache/peers. */
export const startJava = async (
  name: string,
  libraries: string,
  given: readonly string[],
): Promise<JavaProcess> => {
  const child: ChildProcess = spawn(
    'java',
    ['-cp', `.cache/peers/${libraries}/*`, `${SOURCES}/${name}.java`, ...given],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const lines: Line[] = [];
  let said = '';
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stderr!.on('data', (bytes: Buffer) => {
    said = `${said}${bytes}`.slice(-2000);
  });
  createInterface(child.stdout!).on('line', (text) => {
    lines.push(JSON.parse(text) as Line);
    tell();
  });
  child.on('exit', tell);

  const wait: JavaProcess['wait'] = (what, holds, from = 0) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(new Error(`no ${what} in ${PATIENCE / 1000} s`)), PATIENCE);
      const end = (error?: Error, found?: { line: Line; at: number }): void => {
        clearTimeout(timer);
        watchers.delete(look);
        if (found) resolve(found);
        else reject(error!);
      };
      const look = (): void => {
        const at = lines.findIndex((line, number) => number >= from && holds(line));
        if (at >= 0) end(undefined, { line: lines[at]!, at });
        else if (child.exitCode !== null) end(new Error(`${name} ended, waiting for ${what}: ${said}`));
      };
      watchers.add(look);
      look();
    });

  const ready = await wait('server', ({ event }) => event === 'ready');
  return {
    lines,
    port: Number(ready.line['port']),
    securePort: Number(ready.line['securePort'] ?? 0),
    wait,
    send: (line) => child.stdin!.write(`${JSON.stringify(line)}\n`),
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.stdin!.end();
      if (child.exitCode === null) await gone;
    },
  };
};
