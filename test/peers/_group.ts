/** A program with all that it starts: when it ends, or its time is up, none of them is left. */
import { spawn } from 'node:child_process';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const groups = new Set<number>();

/** What is a process group of its own does not hear of the terminal's Ctrl-C. */
const endAll = (): void => {
  for (const pid of groups) groupKill(pid);
};
process.on('exit', endAll);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

const groupKill = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
};

/** A program of Node with these arguments. `patience` in milliseconds: rejects with what it said up to then. */
export const groupRun = (program: string, args: readonly string[], patience: number): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
    const { pid } = child;
    if (pid === undefined) return void child.once('error', reject);
    groups.add(pid);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      groupKill(pid);
    }, patience);
    // What it started may hold its output open: they go when it has gone.
    child.once('exit', () => groupKill(pid));
    child.once('close', (status) => {
      clearTimeout(timer);
      groups.delete(pid);
      const all = `${said.stdout}${said.stderr}`.trim().slice(-2000);
      if (late) reject(new Error(`no end in ${patience / 1000} s; it said: ${all || 'nothing'}`));
      else resolve({ status, ...said });
    });
  });
