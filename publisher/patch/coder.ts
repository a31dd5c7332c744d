/** The encoder's half of agent/payload/patch/range.ts: the same contexts, and what a bit or a number would cost. */
import {
  CONTEXT_FIRST,
  COUNT_BITS,
  DISTANCE_EXACT,
  DISTANCE_SLOT_BITS,
  LENGTH_EXACT,
  LENGTH_SLOT_BITS,
  LOW_BITS,
  PROBABILITY_BITS,
  RANGE_FIRST,
  RANGE_LEAST,
} from '../../agent/payload/patch/layout.ts';
import { contextAfter } from '../../agent/payload/patch/range.ts';

const One = 1 << PROBABILITY_BITS;
const Window = 2 ** 32;
const TopByte = 2 ** 24;

/** Bits that a 0 costs, by its probability in 4096ths. */
const Cost: Float64Array = Float64Array.from({ length: One + 1 }, (_, zero) =>
  zero === 0 ? PROBABILITY_BITS : Math.max(-Math.log2(zero / One), 1 / One),
);

export const lengthSlot = (value: number): number => {
  if (value < LENGTH_EXACT) return value;
  const top = 31 - Math.clz32(value);
  return LENGTH_EXACT + ((top - 4) << 2) + ((value >> (top - 2)) & 3);
};

export const distanceSlot = (value: number): number => {
  if (value < DISTANCE_EXACT) return value;
  const top = 31 - Math.clz32(value);
  return (top << 1) | ((value >> (top - 1)) & 1);
};

export interface CoderState {
  readonly contexts: Uint16Array;
  readonly low: number;
  readonly range: number;
  readonly held: number;
  readonly waiting: number;
  readonly length: number;
}

export class Coder {
  readonly contexts: Uint16Array;
  #bytes = new Uint8Array(1024);
  #length = 0;
  #low = 0;
  #range = RANGE_FIRST;
  /** The last byte that a carry can still change, and how many of 255 wait behind it; -1: none yet. */
  #held = -1;
  #waiting = 0;

  constructor(contexts: number) {
    this.contexts = new Uint16Array(contexts).fill(CONTEXT_FIRST);
  }

  /** Bytes so far, and what ending here would add at the most. */
  get length(): number {
    return this.#length + this.#waiting + 5;
  }

  save(): CoderState {
    return {
      contexts: this.contexts.slice(),
      low: this.#low,
      range: this.#range,
      held: this.#held,
      waiting: this.#waiting,
      length: this.#length,
    };
  }

  load(state: CoderState): void {
    this.contexts.set(state.contexts);
    this.#low = state.low;
    this.#range = state.range;
    this.#held = state.held;
    this.#waiting = state.waiting;
    this.#length = state.length;
  }

  #out(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const more = new Uint8Array(this.#length * 2);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    this.#bytes[this.#length++] = byte;
  }

  #shift(): void {
    const carry = this.#low >= Window ? 1 : 0;
    const top = Math.floor(this.#low / TopByte) & 0xff;
    if (carry === 1 || top !== 0xff) {
      if (this.#held >= 0) this.#out((this.#held + carry) & 0xff);
      for (; this.#waiting > 0; this.#waiting--) this.#out((0xff + carry) & 0xff);
      this.#held = top;
    } else this.#waiting++;
    this.#low = (this.#low % TopByte) * 256;
  }

  #settle(): void {
    while (this.#range < RANGE_LEAST) {
      this.#shift();
      this.#range *= 256;
    }
  }

  bit(at: number, bit: number): void {
    const context = this.contexts[at]!;
    const bound = (this.#range >>> PROBABILITY_BITS) * (context >> COUNT_BITS);
    if (bit === 0) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    this.contexts[at] = contextAfter(context, bit);
    this.#settle();
  }

  bitCost(at: number, bit: number): number {
    const zero = this.contexts[at]! >> COUNT_BITS;
    return Cost[bit === 0 ? zero : One - zero]!;
  }

  tree(at: number, bits: number, value: number): void {
    let node = 1;
    for (let i = bits - 1; i >= 0; i--) {
      const bit = (value >> i) & 1;
      this.bit(at + node, bit);
      node = (node << 1) | bit;
    }
  }

  treeCost(at: number, bits: number, value: number): number {
    let node = 1;
    let cost = 0;
    for (let i = bits - 1; i >= 0; i--) {
      const bit = (value >> i) & 1;
      cost += this.bitCost(at + node, bit);
      node = (node << 1) | bit;
    }
    return cost;
  }

  plain(value: number, bits: number): void {
    for (let i = bits - 1; i >= 0; i--) {
      this.#range >>>= 1;
      if (((value >> i) & 1) === 1) this.#low += this.#range;
      this.#settle();
    }
  }

  lengthPut(at: number, value: number): void {
    const slot = lengthSlot(value);
    this.tree(at, LENGTH_SLOT_BITS, slot);
    if (slot >= LENGTH_EXACT) this.plain(value, ((slot - LENGTH_EXACT) >> 2) + 2);
  }

  lengthCost(at: number, value: number): number {
    const slot = lengthSlot(value);
    const rest = slot >= LENGTH_EXACT ? ((slot - LENGTH_EXACT) >> 2) + 2 : 0;
    return this.treeCost(at, LENGTH_SLOT_BITS, slot) + rest;
  }

  distancePut(slots: number, low: number, value: number): void {
    const slot = distanceSlot(value);
    this.tree(slots, DISTANCE_SLOT_BITS, slot);
    if (slot < DISTANCE_EXACT) return;
    const bits = (slot >> 1) - 1;
    const rest = value & ((1 << bits) - 1);
    if (bits <= LOW_BITS) {
      this.tree(low + (slot - DISTANCE_EXACT) * 16, bits, rest);
      return;
    }
    this.plain(rest >> LOW_BITS, bits - LOW_BITS);
    this.tree(low + 128, LOW_BITS, rest & 15);
  }

  /** The bytes of all that was put, the shortest that decode to it; then it begins anew. */
  end(): Uint8Array {
    // Of the numbers that would do, the one with the most zeros behind it.
    for (let zeros = 31; zeros > 0; zeros--) {
      const unit = 2 ** zeros;
      const value = Math.ceil(this.#low / unit) * unit;
      if (value < this.#low + this.#range) {
        this.#low = value;
        break;
      }
    }
    for (let i = 0; i < 5; i++) this.#shift();
    let length = this.#length;
    while (length > 0 && this.#bytes[length - 1] === 0) length--;
    const bytes = this.#bytes.slice(0, length);
    this.contexts.fill(CONTEXT_FIRST);
    this.#length = 0;
    this.#low = 0;
    this.#range = RANGE_FIRST;
    this.#held = -1;
    this.#waiting = 0;
    return bytes;
  }
}
