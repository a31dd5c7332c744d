/**
 * Which tokens make the next stretch of the image at the least cost, by the prices that the coder has now: the cheapest
 * way to each place from those before it. A match that is long is taken as it is.
 */
import {
  KIND_ALIGNED,
  KIND_BEFORE,
  KIND_JUMP,
  KIND_LITERAL,
  KIND_NEAR,
  KIND_REPEAT,
  LENGTH_LEAST,
  NEAR_LENGTHS,
} from '../../agent/payload/patch/layout.ts';
import { Prices, nearTree } from './prices.ts';
import { Kinds, stateAfter } from './tokens.ts';
import type { Standing, Token, Tokens } from './tokens.ts';
import { Matches, sameLength } from './window.ts';
import type { Window } from './window.ts';

/** Places that are looked at together; of which half is kept, so that the end of the stretch decides nothing. */
const Stretch = 2048;
const Long = 160;
const Lowest = 1e-9;

interface Best {
  length: number;
  kind: number;
  from: number;
}

export class Parser {
  readonly #tokens: Tokens;
  readonly #window: Window;
  readonly #end: number;
  readonly #cost = new Float64Array(Stretch + 1);
  readonly #back = new Int32Array(Stretch + 1);
  readonly #kind = new Uint8Array(Stretch + 1);
  readonly #from = new Int32Array(Stretch + 1);
  readonly #state = new Uint8Array(Stretch + 1);
  readonly #shift = new Int32Array(Stretch + 1);
  readonly #before = new Int32Array(Stretch + 1);
  readonly #oldEnd = new Int32Array(Stretch + 1);
  readonly #repeat = new Int32Array(Stretch + 1);
  /** Prices of lengths, by kind. */
  readonly #lengths = [KIND_LITERAL, ...Kinds].map(() => new Float64Array(Long + 1));
  readonly #prices: Prices;
  readonly #matches = new Matches();
  /** The least that a jump, or a near copy, of each length costs from the place at work, without the price of its length. */
  readonly #jumpLeast = new Float64Array(Long);
  readonly #nearLeast = new Float64Array(Long);
  #start = 0;
  #count = 0;

  constructor(tokens: Tokens, window: Window, end: number) {
    this.#tokens = tokens;
    this.#prices = new Prices(tokens.coder);
    this.#window = window;
    this.#end = end;
  }

  /** The tokens of the next stretch, from `at` on. */
  next(at: number, standing: Standing): Token[] {
    this.#start = at;
    this.#count = Math.min(Stretch, this.#end - at);
    this.#cost.fill(Infinity, 0, this.#count + 1);
    this.#cost[0] = 0;
    this.#state[0] = standing.state;
    this.#shift[0] = standing.shift;
    this.#before[0] = standing.shiftBefore;
    this.#oldEnd[0] = standing.oldEnd;
    this.#repeat[0] = standing.repeat;
    this.#prices.renew();
    for (const kind of Kinds)
      for (let n = LENGTH_LEAST[kind]!; n <= Long; n++)
        this.#lengths[kind]![n] = this.#prices.length(kind, n);
    for (let x = 0; x < this.#count; x++) {
      if (this.#cost[x] === Infinity) continue;
      const long = this.#visit(x);
      if (long.length >= Long) return [...this.#path(x, x), long];
    }
    const all = this.#count === this.#end - at;
    return this.#path(this.#count, all ? this.#count : this.#count / 2);
  }

  /** The way to `x`, up to the first token that reaches `enough`. */
  #path(x: number, enough: number): Token[] {
    const path: Token[] = [];
    const ends: number[] = [];
    for (let y = x; y > 0; y = this.#back[y]!) {
      path.push({ kind: this.#kind[y]!, length: y - this.#back[y]!, from: this.#from[y]! });
      ends.push(y);
    }
    path.reverse();
    ends.reverse();
    const last = ends.findIndex((end) => end >= enough);
    return last < 0 ? path : path.slice(0, last + 1);
  }

  #relax(x: number, kind: number, length: number, from: number, price: number): void {
    const y = x + length;
    if (y > this.#count) return;
    const cost = this.#cost[x]! + price;
    if (!(cost < this.#cost[y]! - Lowest)) return;
    this.#cost[y] = cost;
    this.#back[y] = x;
    this.#kind[y] = kind;
    this.#from[y] = from;
    const { predicted } = this.#tokens;
    const at = this.#start + x;
    const shift = this.#shift[x]!;
    this.#state[y] = stateAfter(this.#state[x]!, kind);
    this.#shift[y] = shift;
    this.#before[y] = this.#before[x]!;
    this.#oldEnd[y] = this.#oldEnd[x]!;
    this.#repeat[y] = this.#repeat[x]!;
    if (kind === KIND_ALIGNED) {
      this.#oldEnd[y] = predicted ? predicted.places[at + length]! : at + shift + length;
    } else if (kind === KIND_BEFORE || kind === KIND_JUMP) {
      this.#shift[y] = from - at;
      this.#before[y] = shift;
      this.#oldEnd[y] = from + length;
    } else if (kind === KIND_NEAR) this.#repeat[y] = from;
  }

  /** Tries all tokens at a place. Returns the longest match, if it is long. */
  #visit(x: number): Best {
    const tokens = this.#tokens;
    const { old, fresh } = tokens.images;
    const at = this.#start + x;
    const most = this.#end - at;
    const state = this.#state[x]!;
    const shift = this.#shift[x]!;
    const best: Best = { length: 0, kind: 0, from: 0 };
    this.#relax(x, KIND_LITERAL, 1, 0, tokens.literalCost(at, state, shift));
    this.#lengthsOf(x, KIND_ALIGNED, this.#alignedLength(at, shift, most), 0, best);
    const before = at + (tokens.predicted ? shift : this.#before[x]!);
    if (before >= 0 && before < old.length && (tokens.predicted || before !== at + shift))
      this.#lengthsOf(x, KIND_BEFORE, sameLength(old, before, fresh, at, most), before, best);
    const repeat = this.#repeat[x]!;
    if (repeat <= at)
      this.#lengthsOf(x, KIND_REPEAT, sameLength(fresh, at - repeat, fresh, at, most), repeat, best);
    if (best.length < Long) this.#found(x, most, best);
    return best;
  }

  #longer(kind: number, length: number, from: number, best: Best): void {
    if (length > best.length) Object.assign(best, { length, kind, from });
  }

  /** All lengths of a match whose place costs nothing. */
  #lengthsOf(x: number, kind: number, length: number, from: number, best: Best): void {
    if (length >= Long) return this.#longer(kind, length, from, best);
    const price = this.#tokens.kindCost(this.#start + x, this.#state[x]!, kind);
    const lengths = this.#lengths[kind]!;
    for (let n = LENGTH_LEAST[kind]!; n <= length; n++) this.#relax(x, kind, n, from, price + lengths[n]!);
  }

  /** The matches of the window. */
  #found(x: number, most: number, best: Best): void {
    const at = this.#start + x;
    const oldEnd = this.#oldEnd[x]!;
    const state = this.#state[x]!;
    const jump = this.#tokens.kindCost(at, state, KIND_JUMP);
    const near = this.#tokens.kindCost(at, state, KIND_NEAR);
    const { old, places, lengths } = this.#matches;
    this.#window.find(at, oldEnd, Math.min(most, Long), this.#matches);
    let longest = 0;
    for (let i = 0; i < this.#matches.count; i++) longest = Math.max(longest, lengths[i]!);
    this.#jumpLeast.fill(Infinity, 0, longest + 1);
    this.#nearLeast.fill(Infinity, 0, longest + 1);
    for (let i = 0; i < this.#matches.count; i++) {
      const place = places[i]!;
      const length = Math.min(lengths[i]!, most);
      const kind = old[i] === 1 ? KIND_JUMP : KIND_NEAR;
      if (length >= Long) this.#longer(kind, length, place, best);
      else if (kind === KIND_JUMP) this.#jumps(x, length, place, jump + this.#prices.jump(oldEnd, place));
      else this.#nears(x, length, place, near);
    }
  }

  #jumps(x: number, length: number, from: number, price: number): void {
    const lengths = this.#lengths[KIND_JUMP]!;
    const least = this.#jumpLeast;
    // A longer match for less was all of this, too.
    for (let n = length; n >= LENGTH_LEAST[KIND_JUMP]! && price < least[n]!; n--) {
      least[n] = price;
      this.#relax(x, KIND_JUMP, n, from, price + lengths[n]!);
    }
  }

  /** The distance is coded by the length, where it is short. */
  #nears(x: number, length: number, distance: number, kindPrice: number): void {
    const lengths = this.#lengths[KIND_NEAR]!;
    const least = this.#nearLeast;
    let tree = -1;
    let price = 0;
    for (let n = length; n >= LENGTH_LEAST[KIND_NEAR]!; n--) {
      if (nearTree(n) !== tree) {
        tree = nearTree(n);
        price = kindPrice + this.#prices.near(tree, distance);
      }
      if (price >= least[n]!) {
        if (tree < NEAR_LENGTHS - 1) continue;
        n = LENGTH_LEAST[KIND_NEAR]! + NEAR_LENGTHS - 1;
        continue;
      }
      least[n] = price;
      this.#relax(x, KIND_NEAR, n, distance, price + lengths[n]!);
    }
  }

  #alignedLength(at: number, shift: number, most: number): number {
    const { predicted, images } = this.#tokens;
    if (!predicted) {
      const place = at + shift;
      return place >= 0 && place < images.old.length
        ? sameLength(images.old, place, images.fresh, at, most)
        : 0;
    }
    let n = 0;
    while (n < most && predicted.bytes[at + n] === images.fresh[at + n]) n++;
    return n;
  }
}
