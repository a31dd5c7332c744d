/** Tokens as the encoder puts them: their cost, their bits, and what they leave behind. The decoder's half is agent/payload/patch/patch.ts. */
import {
  AFTER_AT,
  CLASS_ALIGNED,
  CLASS_LITERAL,
  CLASS_OTHER,
  DISTANCE_SLOT_BITS,
  JUMP_AT,
  KIND_ALIGNED,
  KIND_AT,
  KIND_BEFORE,
  KIND_JUMP,
  KIND_LITERAL,
  KIND_NEAR,
  KIND_REPEAT,
  LENGTH_AT,
  LENGTH_LEAST,
  LENGTH_SLOT_BITS,
  LENGTH_TREE,
  LITERAL_AT,
  MATCH_AT,
  NEAR_AT,
  NEAR_LENGTHS,
  SIGN_AT,
} from '../../agent/payload/patch/layout.ts';
import type { Coder } from './coder.ts';
import { nearTree } from './prices.ts';

export interface Token {
  readonly kind: number;
  readonly length: number;
  /** Of a jump the place in the old image, of a near copy the distance. */
  readonly from: number;
}

/** What is known between two tokens: as in the decoder. */
export interface Standing {
  readonly state: number;
  readonly shift: number;
  readonly shiftBefore: number;
  readonly oldEnd: number;
  readonly repeat: number;
}

export interface Images {
  readonly old: Uint8Array;
  readonly fresh: Uint8Array;
}

/** How literals and tokens are coded: the parameters in the head. */
export interface Manner {
  readonly literalBits: number;
  /** Literals are plain bits. */
  readonly plain?: boolean | undefined;
  /** Residuals in copies, and contexts by the place in a word. Only with a map. */
  readonly residual: boolean;
  readonly aligned: boolean;
}

/** By place of the new image, from the unit's start on: what the predictor says. -1: nothing. */
export interface Predicted {
  readonly bytes: Int16Array;
  readonly copied: Uint8Array;
  /** The place of the old image that is aligned. */
  readonly places: Int32Array;
}

const SlotTree = 1 << DISTANCE_SLOT_BITS;
const LengthTree = 1 << LENGTH_SLOT_BITS;
const NearLow = NEAR_AT + NEAR_LENGTHS * SlotTree;
const JumpLow = JUMP_AT + SlotTree;

/** The bits that choose a kind: which, and its value. */
const KindBits: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[0, 0]],
  [
    [0, 1],
    [1, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 0],
  ],
  [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
  ],
];

export const Kinds: readonly number[] = [KIND_ALIGNED, KIND_BEFORE, KIND_JUMP, KIND_NEAR, KIND_REPEAT];

export const stateAfter = (state: number, kind: number): number =>
  (state % 3) * 3 +
  (kind === KIND_LITERAL ? CLASS_LITERAL : kind === KIND_ALIGNED ? CLASS_ALIGNED : CLASS_OTHER);

export class Tokens {
  readonly coder: Coder;
  readonly images: Images;
  readonly manner: Manner;
  readonly predicted: Predicted | undefined;
  /** Where the unit starts: nothing is known of the byte before it. */
  readonly start: number;

  constructor(coder: Coder, images: Images, manner: Manner, predicted: Predicted | undefined, start: number) {
    this.coder = coder;
    this.images = images;
    this.manner = manner;
    this.predicted = predicted;
    this.start = start;
  }

  begin(): Standing {
    return { state: 0, shift: 0, shiftBefore: 0, oldEnd: this.start, repeat: 1 };
  }

  /** What aligned bytes are asked for at a place. */
  alignedByte(at: number, shift: number): number {
    if (this.predicted) return this.predicted.bytes[at]!;
    const place = at + shift;
    return place >= 0 && place < this.images.old.length ? this.images.old[place]! : -1;
  }

  #match(at: number, state: number): number {
    return MATCH_AT + state * 4 + (this.manner.aligned ? at & 3 : 0);
  }

  /** Walks the bits of a literal. */
  #literal(at: number, state: number, shift: number, each: (context: number, bit: number) => void): void {
    const byte = this.images.fresh[at]!;
    const { literalBits, residual } = this.manner;
    const before = at > this.start ? this.images.fresh[at - 1]! : 0;
    const plain = LITERAL_AT + ((before >> (7 - literalBits)) & ((1 << literalBits) - 1)) * 256;
    const asked = this.predicted !== undefined || state % 3 !== CLASS_LITERAL;
    const aligned = asked ? this.alignedByte(at, shift) : -1;
    let node = 1;
    if (aligned >= 0 && residual && this.predicted!.copied[at] === 1) {
      const value = (byte - aligned) & 0xff;
      const tree = AFTER_AT + (state % 3) * 256;
      for (let i = 7; i >= 0; i--) {
        const bit = (value >> i) & 1;
        each(tree + node, bit);
        node = (node << 1) | bit;
      }
      return;
    }
    let same = aligned >= 0;
    for (let i = 7; i >= 0; i--) {
      const bit = (byte >> i) & 1;
      const expected = (aligned >> i) & 1;
      each(same ? AFTER_AT + expected * 256 + node : plain + node, bit);
      if (bit !== expected) same = false;
      node = (node << 1) | bit;
    }
  }

  literalCost(at: number, state: number, shift: number): number {
    let cost = this.coder.bitCost(this.#match(at, state), 0);
    if (this.manner.plain) return cost + 8;
    this.#literal(at, state, shift, (context, bit) => {
      cost += this.coder.bitCost(context, bit);
    });
    return cost;
  }

  kindCost(at: number, state: number, kind: number): number {
    let cost = this.coder.bitCost(this.#match(at, state), 1);
    for (const [which, bit] of KindBits[kind]!) cost += this.coder.bitCost(KIND_AT + state * 4 + which, bit);
    return cost;
  }

  put(at: number, token: Token, standing: Standing): Standing {
    const { kind, length, from } = token;
    const { state, shift, oldEnd } = standing;
    const coder = this.coder;
    if (kind === KIND_LITERAL) {
      coder.bit(this.#match(at, state), 0);
      if (this.manner.plain) coder.plain(this.images.fresh[at]!, 8);
      else this.#literal(at, state, shift, (context, bit) => coder.bit(context, bit));
      return { ...standing, state: stateAfter(state, kind) };
    }
    coder.bit(this.#match(at, state), 1);
    for (const [which, bit] of KindBits[kind]!) coder.bit(KIND_AT + state * 4 + which, bit);
    coder.lengthPut(LENGTH_AT + LENGTH_TREE[kind]! * LengthTree, length - LENGTH_LEAST[kind]!);
    if (kind === KIND_JUMP) {
      coder.bit(SIGN_AT, from < oldEnd ? 1 : 0);
      coder.distancePut(JUMP_AT, JumpLow, Math.abs(from - oldEnd));
    }
    if (kind === KIND_NEAR) coder.distancePut(NEAR_AT + nearTree(length) * SlotTree, NearLow, from - 1);
    return this.after(at, token, standing);
  }

  after(at: number, { kind, length, from }: Token, standing: Standing): Standing {
    const { shift, shiftBefore } = standing;
    const next = { ...standing, state: stateAfter(standing.state, kind) };
    const mapped = this.predicted !== undefined;
    switch (kind) {
      case KIND_ALIGNED:
        return { ...next, oldEnd: mapped ? this.predicted!.places[at + length]! : at + shift + length };
      case KIND_BEFORE: {
        const back = mapped ? shift : shiftBefore;
        return { ...next, shift: back, shiftBefore: shift, oldEnd: at + back + length };
      }
      case KIND_JUMP:
        return { ...next, shift: from - at, shiftBefore: shift, oldEnd: from + length };
      case KIND_NEAR:
        return { ...next, repeat: from };
      default:
        return next;
    }
  }

  /** The place of the old image that a kind copies from, where it does. */
  oldPlace(at: number, kind: number, { shift, shiftBefore }: Standing): number {
    return at + (kind === KIND_BEFORE && this.predicted === undefined ? shiftBefore : shift);
  }
}
