/** The other processes of the demo: the `flipside` command, its server, the board. All end when the demo ends. */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Message, Order, Progress, Standing } from './protocol.ts';

const cli = fileURLToPath(new URL('../../publisher/cli.js', import.meta.url));
const boardProgram = fileURLToPath(new URL('./board.js', import.meta.url));
const running = new Set<ChildProcess>();

const own = (child: ChildProcess): ChildProcess => {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
};

/** At once, so that it also serves in an exit handler. */
export const endAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

const textOf = (stream: NodeJS.ReadableStream | null): { text: string } => {
  const kept = { text: '' };
  stream?.setEncoding('utf8').on('data', (piece: string) => {
    kept.text += piece;
  });
  return kept;
};

export type Row = Readonly<Record<string, unknown>>;

/** Runs `flipside` and returns the first row of its answer. */
export const flipside = async (...words: string[]): Promise<Row> => {
  const child = own(
    spawn(process.execPath, [cli, ...words, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const answer = textOf(child.stdout);
  const complaint = textOf(child.stderr);
  const [exit] = (await once(child, 'close')) as [number | null];
  if (exit !== 0) throw new Error(`flipside ${words.join(' ')}: exit ${exit}\n${complaint.text}`);
  return (JSON.parse(answer.text) as { rows: [Row] }).rows[0];
};

export interface Answer {
  readonly status: number;
  readonly path: string;
  /** Bytes of body that it promised. */
  readonly bytes: number;
}

export interface Server {
  readonly url: string;
  /** What it answered so far; an answer counts when its connection is done with it. */
  answers(): Answer[];
  kill(): Promise<void>;
}

/** `flipside serve`; resolves when it listens. */
export const serverStart = async (folder: string, rate: number, port: string = '0'): Promise<Server> => {
  const words = [cli, 'serve', folder, '--port', port, '--rate', String(rate), '--json'];
  const child = own(spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] }));
  const log = textOf(child.stderr);
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const found = /"url": "([^"]+)"/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`flipside serve ended: ${log.text}`)));
  });
  const answers = (): Answer[] =>
    [...log.text.matchAll(/^(\d+) \S+ (\S+) (\d+)$/gm)].map(([, status, path, bytes]) => ({
      status: Number(status),
      path: String(path),
      bytes: Number(bytes),
    }));
  return { url, answers, kill: () => kill(child) };
};

export interface BoardProcess {
  /** Rejects when the board process is killed before it answers. */
  order(order: Order, onProgress?: (progress: Progress) => void): Promise<Standing>;
  kill(): Promise<void>;
}

export const boardStart = (setupFile: string): BoardProcess => {
  const child = own(fork(boardProgram, [setupFile], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  return {
    order: (order, onProgress) =>
      new Promise((resolve, reject) => {
        const gone = (): void => reject(new Error('the board lost its power'));
        const listen = (message: Message): void => {
          if (message.kind === 'progress') return onProgress?.(message.progress);
          child.off('message', listen).off('exit', gone);
          if (message.kind === 'done') resolve(message.standing);
          else reject(new Error(message.message));
        };
        child.on('message', listen).once('exit', gone);
        child.send(order);
      }),
    kill: () => kill(child),
  };
};
