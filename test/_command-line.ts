/** The thread between a test that waits and the process of its commands: hands on the row, then the answer. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Ran, Row } from './_command.ts';

const { flag, port } = workerData as { flag: Int32Array; port: MessagePort };
let child: ChildProcess | undefined;

const start = (): ChildProcess => {
  let crash = '';
  const started = fork(join(import.meta.dirname, '_command-child.js'), [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // What it looks at when it is loaded is as in each row.
    env: { ...process.env, NO_COLOR: '1' },
  });
  started.stderr!.on('data', (text: Buffer) => (crash += text.toString()));
  started.on('message', (ran: Ran) => answer(ran));
  started.on('close', (status) => {
    child = undefined;
    answer({ status, stdout: '', stderr: crash });
  });
  return started;
};

const answer = (ran: Ran): void => {
  port.postMessage(ran);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
};

port.on('message', (row: Row) => {
  child ??= start();
  child.send(row);
});
