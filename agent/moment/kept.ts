/** The record over its port: read at open, written when it is worth it, and read back. */
import type { Keep } from '../../hal/ports.ts';
import { bytesEqual } from '../bytes.ts';
import { Ok } from '../codes.ts';
import { FLAGS_AT, Flag, OFTEN_AT, WAIT_LENGTH, WHY_AT, waitNew, waitRead, waitWrite } from './record.ts';
import type { Wait } from './record.ts';

/** Seconds that may be lost to a reset, so that flash is spared. */
const SAVE_EVERY = 3600;
/** How often in a boot it is written for nothing but why it waits: who may offer two manifests in turn wears no flash. */
const CHANGES_MOST = 4;

export interface Kept {
  readonly keep: Keep;
  readonly wait: Wait;
  /** As it was last saved, and room to make the next. */
  readonly saved: Uint8Array;
  readonly bytes: Uint8Array;
  /** Seconds waited, of the last save. */
  savedWaited: number;
  /** Writes of this boot for nothing but why it waits. */
  changes: number;
  /** RecordLost: there was one and it cannot be read. */
  lost: number;
  /** What was saved does not read back: nothing can be counted over wakes. */
  broken: boolean;
}

export function keptOpen(keep: Keep): Kept {
  const bytes = new Uint8Array(2 * WAIT_LENGTH);
  const kept: Kept = {
    keep: keep,
    wait: waitNew(),
    saved: bytes.subarray(0, WAIT_LENGTH),
    bytes: bytes.subarray(WAIT_LENGTH),
    savedWaited: 0,
    changes: 0,
    lost: Ok,
    broken: false,
  };
  if (load(keep, kept.bytes) > 0) kept.lost = waitRead(kept.bytes, kept.wait);
  waitWrite(kept.wait, kept.saved);
  kept.savedWaited = kept.wait.waited + kept.wait.idle;
  return kept;
}

function load(keep: Keep, into: Uint8Array): number {
  try {
    return keep.load(into);
  } catch (_) {
    // Lost: what was in `into` before is no record.
    into.fill(0);
    return into.length;
  }
}

/** Saves the record if anything but counters changed, if much was waited since, or if `now` says so. */
export function keptSave(kept: Kept, now: boolean): void {
  const wait = kept.wait;
  const waited = wait.waited + wait.idle;
  waitWrite(wait, kept.bytes);
  const same = bytesEqual(kept.bytes, 0, kept.saved, 0, WHY_AT);
  const why = bytesEqual(kept.bytes, WHY_AT, kept.saved, WHY_AT, OFTEN_AT - WHY_AT);
  const little = waited - kept.savedWaited < SAVE_EVERY;
  // That a manifest was seen and taken at once is nothing to keep.
  const nothing = ((wait.flags | kept.saved[FLAGS_AT]!) & ~Flag.Seen) === 0;
  if (!now && (nothing || (same && little && (why || kept.changes >= CHANGES_MOST)))) return;
  if (!now && same && little) kept.changes++;
  kept.saved.set(kept.bytes);
  kept.savedWaited = waited;
  kept.broken = !saves(kept);
}

function saves(kept: Kept): boolean {
  try {
    kept.keep.save(kept.saved);
    return kept.keep.load(kept.bytes) >= WAIT_LENGTH && bytesEqual(kept.bytes, 0, kept.saved, 0, WAIT_LENGTH);
  } catch (_) {
    return false;
  }
}
