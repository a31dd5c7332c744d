/**
 * The agent in the place of "embedded:update": code that is written for that module takes a bundle in order, and
 * `complete` proves and activates it. What is thrown is `Error` with the SDK's words where there are any, else with the
 * agent's code.
 */
import { updateOpen } from '../../agent/update.ts';
import type { Agent } from '../../agent/agent.ts';

/** What the SDK calls a byte buffer, as far as it is taken here: an ArrayBuffer, or a view of single bytes. */
export type ByteBuffer = ArrayBuffer | Uint8Array;

export interface SdkUpdate {
  write(buffer: ByteBuffer, byteOffset?: number): void;
  complete(): void;
  close(): void;
  readonly format: 'buffer';
}

export interface SdkUpdateOptions {
  /** Where to write: not asked. The agent knows its slots. */
  readonly partition?: unknown;
  /** In order; 'w', at any offset, is refused. */
  readonly mode?: string;
  /** Not asked: the manifest says it. */
  readonly byteLength?: number;
}

function bytesOf(buffer: ByteBuffer): Uint8Array {
  const view = buffer as Uint8Array;
  if (!(view && view.byteLength >= 0)) throw new TypeError('no buffer');
  if (view.buffer === undefined) return new Uint8Array(buffer as ArrayBuffer);
  if (view.BYTES_PER_ELEMENT !== 1) throw new TypeError('not a buffer of bytes');
  return view;
}

export function moddableUpdate(agent: Agent): { open(options: SdkUpdateOptions): SdkUpdate } {
  return {
    open: (options) => {
      if (options && options.mode !== undefined && options.mode !== 'a') throw new RangeError('invalid mode');
      const update = updateOpen(agent);
      let complete = false;
      return {
        write: (buffer, byteOffset) => {
          if (complete) throw new Error('already complete');
          if (byteOffset !== undefined) throw new Error('offset not allowed');
          update.write(bytesOf(buffer));
        },
        complete: () => {
          if (complete) throw new Error('already complete');
          update.complete();
          complete = true;
        },
        close: () => update.close(),
        format: 'buffer',
      };
    },
  };
}
