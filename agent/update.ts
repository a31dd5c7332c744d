/**
 * The agent in the shape of an ECMA-419 `Update` (open, write, complete, close), so that it drops into code written for
 * that: a bundle is written in order, `complete` proves and activates it. Errors are thrown, as that shape has it; the
 * message carries the code.
 */
import type { Agent } from './agent.ts';
import { More } from './codes.ts';

export interface Update {
  /** Bytes of the bundle, in their order. Throws when the update is refused. */
  write(bytes: Uint8Array): void;
  /** Throws, and does not activate, when the update is not complete, or refused. Does not restart. */
  complete(): void;
  /** Without complete: gives the update up. */
  close(): void;
}

function check(code: number): number {
  if (code < 0) throw new Error(`update: code ${code}`);
  return code;
}

/** Polls until the agent waits for bytes or for its caller. */
function settle(agent: Agent): void {
  while (check(agent.poll()) === More);
}

export function updateOpen(agent: Agent): Update {
  let completed = false;
  check(agent.offerBegin(true));
  return {
    write: (bytes) => {
      if (completed) throw new Error('update: complete');
      for (let at = 0; at < bytes.length;) {
        at += check(agent.push(bytes, at, bytes.length));
        settle(agent);
      }
      settle(agent);
    },
    complete: () => {
      settle(agent);
      check(agent.activate());
      completed = true;
    },
    close: () => {
      if (!completed) agent.cancel();
      completed = true;
    },
  };
}
