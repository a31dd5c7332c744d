/**
 * What a device keeps of an action of hawkBit over a reset: docs/SPEC.md section 11.
 *
 *   | "HB" | version 1 | stage 1 | told 1 | flags 1 | code 2 | before 4 | data 4 | digest 32 | n 1 | id n | crc 4 |
 */
import { bytesCopy, crc32, readU16, readU32, writeU16, writeU32 } from '../../agent/bytes.ts';
import { ID_MAX, idRead } from './format-action.ts';
import { Stage } from './stage.ts';

const MAGIC = [0x48, 0x42, 1];
const STAGE_AT = 3;
const TOLD_AT: number = STAGE_AT + 1;
const FLAGS_AT: number = TOLD_AT + 1;
const CODE_AT: number = FLAGS_AT + 1;
const BEFORE_AT: number = CODE_AT + 2;
const DATA_AT: number = BEFORE_AT + 4;
const DIGEST_AT: number = DATA_AT + 4;
const DIGEST = 32;
const LENGTH_AT: number = DIGEST_AT + DIGEST;
const ID_AT: number = LENGTH_AT + 1;
const CRC = 4;

/** Longest record. */
export const HAWKBIT_KEEP_MAX: number = ID_AT + ID_MAX + CRC;

export const Flag = {
  Proven: 1, // it was staged once: what is in `digest` is its manifest's
  Again: 2, // begun anew, because nothing tells whether the mark of the first time was written
} as const;
const FLAGS: number = Flag.Proven | Flag.Again;

export interface Kept {
  /** Of the action; '': there is none. */
  id: string;
  /** Of Stage, and the one that the server has heard of last. */
  stage: number;
  told: number;
  flags: number;
  /** Of agent/err.ts, or 0: why it waits, or failed. */
  code: number;
  /** A print of the agent's report, as it was before it was activated. */
  before: number;
  /** A print of what the server was told that the device is. */
  data: number;
  readonly digest: Uint8Array;
}

export const keptNew = (): Kept => ({
  id: '',
  stage: Stage.None,
  told: Stage.None,
  flags: 0,
  code: 0,
  before: 0,
  data: 0,
  digest: new Uint8Array(DIGEST),
});

/** The action is forgotten; what the device was said to be is not. */
export function keptForget(kept: Kept): void {
  kept.id = '';
  kept.stage = Stage.None;
  kept.told = Stage.None;
  kept.flags = 0;
  kept.code = 0;
  kept.before = 0;
  kept.digest.fill(0);
}

/** Writes the record to `into`, HAWKBIT_KEEP_MAX bytes of room; its length. */
export function keepWrite(kept: Kept, into: Uint8Array): number {
  for (let i = 0; i < STAGE_AT; i++) into[i] = MAGIC[i]!;
  into[STAGE_AT] = kept.stage;
  into[TOLD_AT] = kept.told;
  into[FLAGS_AT] = kept.flags;
  writeU16(into, CODE_AT, 0 - kept.code);
  writeU32(into, BEFORE_AT, kept.before);
  writeU32(into, DATA_AT, kept.data);
  bytesCopy(kept.digest, 0, into, DIGEST_AT, DIGEST);
  into[LENGTH_AT] = kept.id.length;
  for (let i = 0; i < kept.id.length; i++) into[ID_AT + i] = kept.id.charCodeAt(i);
  const end = ID_AT + kept.id.length;
  writeU32(into, end, crc32(into, 0, end));
  return end + CRC;
}

/** Reads bytes[0..length-1]. False, and `kept` as it was, where that is no record. */
export function keepRead(kept: Kept, bytes: Uint8Array, length: number): boolean {
  if (!(length >= ID_AT + CRC && length <= bytes.length)) return false;
  for (let i = 0; i < STAGE_AT; i++) if (bytes[i] !== MAGIC[i]) return false;
  const end = ID_AT + bytes[LENGTH_AT]!;
  if (end + CRC !== length || readU32(bytes, end) !== crc32(bytes, 0, end)) return false;
  let id = '';
  for (let i = ID_AT; i < end; i++) id += String.fromCharCode(bytes[i]!);
  const stage = bytes[STAGE_AT]!;
  const told = bytes[TOLD_AT]!;
  const flags = bytes[FLAGS_AT]!;
  if (!(stage <= Stage.Failure && told <= Stage.Failure && flags <= FLAGS)) return false;
  if (idRead(id) !== id || (id === '') !== (stage === Stage.None)) return false;
  kept.id = id;
  kept.stage = stage;
  kept.told = told;
  kept.flags = flags;
  kept.code = 0 - readU16(bytes, CODE_AT);
  kept.before = readU32(bytes, BEFORE_AT);
  kept.data = readU32(bytes, DATA_AT);
  bytesCopy(bytes, DIGEST_AT, kept.digest, 0, DIGEST);
  return true;
}
