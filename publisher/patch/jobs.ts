/** What is to be coded in each mode: the copies that it finds, and what can be told before any byte is coded. */
import { Buffer } from 'node:buffer';
import {
  CONTEXTS_MAX,
  COPIES_MAX,
  DISTANCE_SLOT_BITS,
  FLAG_RISCV,
  FLAG_THUMB,
  MAP_GAP_AT,
  MAP_LENGTH_AT,
  MAP_SHIFT_AT,
  MAP_SIGN_AT,
  PIECE_MAX,
} from '../../agent/payload/patch/layout.ts';
import { Coder } from './coder.ts';
import { copiesOf, copyFinder } from './copies.ts';
import type { Copy, Match } from './copies.ts';
import type { MapMode, PatchMode } from './modes.ts';
import type { Code, CodedMap } from './payload.ts';
import { riscvBase, riscvMasked } from './riscv-image.ts';
import { thumbBase, thumbMasked } from './thumb-image.ts';
import type { Images, Manner } from './tokens.ts';

/** Plain data: it goes to other threads. */
export interface PatchJob {
  /** Its place in the order of modes. */
  readonly number: number;
  readonly name: string;
  readonly manner: Manner;
  readonly copies: readonly Copy[];
  readonly coded: CodedMap | undefined;
}

/** The copy map as it is sent. */
export const mapCode = (copies: readonly Copy[]): Uint8Array => {
  const coder = new Coder(CONTEXTS_MAX);
  const put = (at: number, value: number): void =>
    coder.distancePut(at, at + (1 << DISTANCE_SLOT_BITS), value);
  let [fresh, old] = [0, 0];
  for (const copy of copies) {
    put(MAP_GAP_AT, copy.fresh - fresh);
    put(MAP_LENGTH_AT, copy.length);
    coder.bit(MAP_SIGN_AT, copy.old < old ? 1 : 0);
    put(MAP_SHIFT_AT, Math.abs(copy.old - old));
    fresh = copy.fresh + copy.length;
    old = copy.old + copy.length;
  }
  return coder.end();
};

/** The longest, in their order. */
const longest = (copies: readonly Copy[]): Copy[] => {
  const kept = new Set([...copies].sort((a, b) => b.length - a.length).slice(0, COPIES_MAX));
  return copies.filter((copy) => kept.has(copy));
};

interface Sought extends Images {
  readonly find: (at: number) => Match;
}

/** What copies are looked for in: the same for all modes. */
const soughtIn = ({ old, fresh }: Images): ((code: Code | undefined) => Sought) => {
  const kept = new Map<number, Sought>();
  return (code) => {
    const known = kept.get(code?.references ?? 0);
    if (known) return known;
    const mask = code?.references === FLAG_RISCV ? riscvMasked : thumbMasked;
    const [from, to] = code ? [mask(old, code.base), mask(fresh, code.base)] : [old, fresh];
    const sought = { old: from, fresh: to, find: copyFinder(from, to) };
    kept.set(code?.references ?? 0, sought);
    return sought;
  };
};

const sameWork = (one: PatchJob, other: PatchJob): boolean =>
  one.manner === other.manner &&
  one.coded !== undefined &&
  other.coded !== undefined &&
  one.coded.code?.references === other.coded.code?.references &&
  Buffer.compare(one.coded.data, other.coded.data) === 0;

/** Whose references there are to be led, by the old image. */
const codeOf = (image: Uint8Array): Code | undefined => {
  const riscv = riscvBase(image);
  if (riscv !== undefined) return { references: FLAG_RISCV, base: riscv };
  const thumb = thumbBase(image);
  return thumb === 0 ? undefined : { references: FLAG_THUMB, base: thumb };
};

/** One for each mode that is for these images, without those that would do the same as one before. */
export const jobsOf = (images: Images, modes: readonly PatchMode[]): PatchJob[] => {
  const known = codeOf(images.old);
  const sought = soughtIn(images);
  const mapped = (mode: MapMode): Copy[] => {
    const { old, fresh, find } = sought((mode.masked ?? true) && mode.references !== 0 ? known : undefined);
    return longest(copiesOf(old, fresh, find, mode));
  };
  const jobs: PatchJob[] = [];
  for (const [number, { name, manner, map }] of modes.entries()) {
    if (map && map.references !== 0 && map.references !== known?.references) continue;
    const copies = map ? mapped(map) : [];
    const coded = map && {
      copies: copies.length,
      data: mapCode(copies),
      code: map.references === 0 ? undefined : known,
    };
    // Room for the table is left in the first piece.
    if (coded && coded.data.length > PIECE_MAX / 2) continue;
    const job = { number, name, manner, copies, coded };
    if (!jobs.some((one) => sameWork(one, job))) jobs.push(job);
  }
  return jobs;
};
