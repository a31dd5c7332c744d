/** The port `Keep` in memory that a reset and deep sleep leave alone, and a loss of power does not: an RTC register bank. */
import type { Keep } from '../ports.ts';

interface RetainedKeep extends Keep {
  readonly memory: Uint8Array;
}

function load(this: RetainedKeep, into: Uint8Array): number {
  into.set(this.memory.subarray(0, Math.min(into.length, this.memory.length)));
  return this.memory.length;
}

function save(this: RetainedKeep, bytes: Uint8Array): void {
  this.memory.set(bytes);
}

/**
 * `memory`: the bytes themselves, not a copy of them. What stands in them after power-up is anything; whoever keeps
 * something can tell. Too few bytes throw at save.
 */
export function retainedKeep(memory: Uint8Array): Keep {
  const keep: RetainedKeep = { memory: memory, load: load, save: save };
  return keep;
}
