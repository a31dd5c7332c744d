/**
 * What tokens cost by the contexts as they are between two stretches: each tree's leaf is walked once, and looked up for
 * every match that has it.
 */
import {
  DISTANCE_EXACT,
  DISTANCE_SLOT_BITS,
  JUMP_AT,
  KIND_NEAR,
  LENGTH_AT,
  LENGTH_LEAST,
  LENGTH_SLOT_BITS,
  LENGTH_TREE,
  LOW_BITS,
  NEAR_AT,
  NEAR_LENGTHS,
  SIGN_AT,
} from '../../agent/payload/patch/layout.ts';
import { distanceSlot } from './coder.ts';
import type { Coder } from './coder.ts';

const Slots = 1 << DISTANCE_SLOT_BITS;
const Lows = 8 * 16 + 16;
const LengthTree = 1 << LENGTH_SLOT_BITS;

/** The leaves of distances that share their low bits. */
class Distances {
  readonly #coder: Coder;
  readonly #slotsAt: number;
  readonly #lowAt: number;
  readonly #slots: Float64Array;
  readonly #lows = new Float64Array(Lows);

  constructor(coder: Coder, slotsAt: number, trees: number) {
    this.#coder = coder;
    this.#slotsAt = slotsAt;
    this.#lowAt = slotsAt + trees * Slots;
    this.#slots = new Float64Array(trees * Slots);
  }

  renew(): void {
    this.#slots.fill(-1);
    this.#lows.fill(-1);
  }

  #low(tree: number, bits: number, value: number): number {
    const known = this.#lows[tree + value]!;
    if (known >= 0) return known;
    return (this.#lows[tree + value] = this.#coder.treeCost(this.#lowAt + tree, bits, value));
  }

  of(tree: number, value: number): number {
    const slot = distanceSlot(value);
    const at = tree * Slots + slot;
    let cost = this.#slots[at]!;
    if (cost < 0)
      cost = this.#slots[at] = this.#coder.treeCost(this.#slotsAt + tree * Slots, DISTANCE_SLOT_BITS, slot);
    if (slot < DISTANCE_EXACT) return cost;
    const bits = (slot >> 1) - 1;
    const rest = value & ((1 << bits) - 1);
    if (bits <= LOW_BITS) return cost + this.#low((slot - DISTANCE_EXACT) * 16, bits, rest);
    return cost + bits - LOW_BITS + this.#low(128, LOW_BITS, rest & 15);
  }
}

/** Lengths from here on have the same tree for their distance. */
export const nearTree = (length: number): number =>
  Math.min(NEAR_LENGTHS - 1, length - LENGTH_LEAST[KIND_NEAR]!);

export class Prices {
  readonly #coder: Coder;
  readonly #jumps: Distances;
  readonly #nears: Distances;

  constructor(coder: Coder) {
    this.#coder = coder;
    this.#jumps = new Distances(coder, JUMP_AT, 1);
    this.#nears = new Distances(coder, NEAR_AT, NEAR_LENGTHS);
  }

  /** The contexts have changed. */
  renew(): void {
    this.#jumps.renew();
    this.#nears.renew();
  }

  length(kind: number, length: number): number {
    return this.#coder.lengthCost(LENGTH_AT + LENGTH_TREE[kind]! * LengthTree, length - LENGTH_LEAST[kind]!);
  }

  jump(oldEnd: number, from: number): number {
    const distance = from - oldEnd;
    const sign = this.#coder.bitCost(SIGN_AT, distance < 0 ? 1 : 0);
    return sign + this.#jumps.of(0, Math.abs(distance));
  }

  /** By the tree of its length. */
  near(tree: number, distance: number): number {
    return this.#nears.of(tree, distance - 1);
  }
}
