/**
 * What the agent keeps of bytes beside its buffer and the boot state, in one array: each array takes slots of RAM of its
 * own.
 *
 *   parts   | record | scratch | running | consent | entry | decisions, or entries made |
 */
import type { Config } from './config.ts';
import { SIGNED_MAX } from './format/cose.ts';
import { BLOCK, ENTRY_LENGTH } from './format/index.ts';
import { MANIFEST_DIGEST } from './format/layout.ts';
import { JOURNAL_BUFFER } from './journal.ts';
import type { Slots } from './slots.ts';

/** Most blocks judged ahead of the one being written: what wanted() can join into one range. 1 MiB of image. */
export const HORIZON = 256;
/** Decisions in a byte. */
export const DECISIONS_EACH = 4;
/** Index entries and program units meet every 288 bytes. */
export const PIECE = 288;

/** A record of the journal: nothing else in it outlives a call of the journal. */
export const RECORD_AT = 0;
/** The verifier's: nothing in it outlives a signature, or a call of the journal. */
export const SCRATCH_AT: number = RECORD_AT + JOURNAL_BUFFER;
/** Digest of the manifest that runs; zeros when it is not known. */
export const RUNNING_AT: number = SCRATCH_AT + SIGNED_MAX;
/** Digest of the manifest that the owner has consented to. */
export const CONSENT_AT: number = RUNNING_AT + MANIFEST_DIGEST;
/** The index entry of the transfer's `entryBlock`. */
export const ENTRY_AT: number = CONSENT_AT + MANIFEST_DIGEST;
/**
 * Of the blocks judged ahead, DECISIONS_EACH to a byte: as many as a slot has, HORIZON at most. Of a payload that is not
 * framed, which has no decisions: the entries of the index made here, PIECE bytes.
 */
export const DECISIONS_AT: number = ENTRY_AT + ENTRY_LENGTH;

/** Whether what comes may take an index made here. */
export function takesPlain(config: Config): boolean {
  return config.framedOnly !== true || config.patches !== undefined;
}

export function partsNew(config: Config, slots: Slots): Uint8Array {
  const ahead = Math.min(HORIZON, Math.ceil(Math.max(slots.first.size, slots.high.size) / BLOCK));
  const decisions = Math.ceil(ahead / DECISIONS_EACH);
  return new Uint8Array(DECISIONS_AT + (takesPlain(config) ? PIECE : decisions));
}
