/**
 * Codes the new image in units, in each of which the coder begins anew. A unit ends at a block of the image, and as late
 * as its bytes allow: after a cut a device goes on at the start of one.
 */
import { BLOCK } from '../../agent/format/index.ts';
import {
  CONTEXTS_MAX,
  KIND_LITERAL,
  LENGTH_LEAST,
  PIECE_DIGEST,
  PIECE_MAX,
} from '../../agent/payload/patch/layout.ts';
import { Coder } from './coder.ts';
import type { CoderState } from './coder.ts';
import { Parser } from './parse.ts';
import { Tokens } from './tokens.ts';
import type { Images, Manner, Predicted, Standing, Token } from './tokens.ts';
import type { Window } from './window.ts';

export interface Unit {
  /** Where it starts and ends in the new image. */
  readonly from: number;
  readonly to: number;
  readonly data: Uint8Array;
}

export interface UnitsGiven {
  readonly images: Images;
  readonly window: Window;
  readonly manner: Manner;
  /** What is predicted from a place on; undefined without a map. */
  readonly predict: ((start: number) => Predicted) | undefined;
  /** Bytes of payload that a unit may have. */
  readonly most: number;
  /** Units that there may be. */
  readonly count: number;
  readonly progress?: ((done: number) => void) | undefined;
  /** Whether to give up, by the bytes that it is at least. */
  readonly lost?: ((bytes: number) => boolean) | undefined;
}

/** Bytes of payload for so many of data: all pieces but the last begin with a digest. */
export const unitLength = (data: number): number => {
  const rest = Math.max(0, data - PIECE_MAX);
  return data + Math.ceil(rest / (PIECE_MAX - PIECE_DIGEST)) * PIECE_DIGEST;
};

interface Cut {
  /** Before the token at `at`, which goes over `to`. */
  readonly coder: CoderState;
  readonly at: number;
  readonly to: number;
  readonly token: Token;
  readonly standing: Standing;
}

/** The first part of a token. */
const shortened = (token: Token, length: number): Token[] => {
  if (length >= LENGTH_LEAST[token.kind]!) return [{ ...token, length }];
  return Array.from({ length }, () => ({ kind: KIND_LITERAL, length: 1, from: 0 }));
};

const cutBefore = (
  coder: Coder,
  at: number,
  token: Token,
  standing: Standing,
  from: number,
): Cut | undefined => {
  const to = Math.ceil(at / BLOCK) * BLOCK;
  return to > from && to < at + token.length ? { coder: coder.save(), at, to, token, standing } : undefined;
};

/** Undefined: lost. `before`: bytes of the units before it. */
const unitFrom = (given: UnitsGiven, from: number, before: number): Unit | undefined => {
  const { images, window, manner, predict, most } = given;
  const coder = new Coder(CONTEXTS_MAX);
  const tokens = new Tokens(coder, images, manner, predict?.(from), from);
  const parser = new Parser(tokens, window, images.fresh.length);
  let standing = tokens.begin();
  let cut: Cut | undefined;
  for (let at = from; at < images.fresh.length;) {
    for (const token of parser.next(at, standing)) {
      cut = cutBefore(coder, at, token, standing, from) ?? cut;
      standing = tokens.put(at, token, standing);
      at += token.length;
      if (cut === undefined || unitLength(coder.length) <= most) continue;
      coder.load(cut.coder);
      at = cut.at;
      standing = cut.standing;
      for (const part of shortened(cut.token, cut.to - cut.at)) {
        standing = tokens.put(at, part, standing);
        at += part.length;
      }
      return { from, to: cut.to, data: coder.end() };
    }
    given.progress?.(at);
    if (given.lost?.(before + coder.length)) return undefined;
  }
  return { from, to: images.fresh.length, data: coder.end() };
};

/** Undefined: there would be too many, or it is lost. */
export const unitsOf = (given: UnitsGiven): Unit[] | undefined => {
  const units: Unit[] = [];
  let [at, bytes] = [0, 0];
  do {
    if (units.length === given.count) return undefined;
    const unit = unitFrom(given, at, bytes);
    if (unit === undefined) return undefined;
    units.push(unit);
    at = unit.to;
    bytes += unit.data.length;
  } while (at < given.images.fresh.length);
  return units;
};
