/** The private half of an HSS/LMS key as a file: JSON, because nothing else holds a state that changes. */
import { hexOf, sha256, sameBytes } from '../bytes.ts';
import { PublishError } from '../errors.ts';
import { hssKeyLength, parametersCheck, signaturesOf } from './parameters.ts';
import type { HssParameters } from './parameters.ts';
import type { TreeSecret } from './tree.ts';

export const KeyKind = 'hss-lms private key';
export const KeyEnding = '.lms.json';

/** What the file says of itself, so that a copy of it can be told: state.ts. */
export interface KeyPlace {
  readonly machine: string;
  readonly path: string;
  /** Of the file with the mark, which is never replaced. */
  readonly mark: string;
  /** Of this very file, which each signature replaces. */
  readonly self: string;
}

export interface KeyState {
  readonly parameters: HssParameters;
  readonly identifier: Uint8Array;
  readonly seed: Uint8Array;
  /** The public half, as a device holds it. */
  readonly key: Uint8Array;
  /** The first leaf that was never given away. */
  readonly next: number;
  readonly place: KeyPlace;
}

export const isLmsKey = (text: string): boolean => text.startsWith('{') && text.includes(`"${KeyKind}"`);

export const rootSecret = ({ parameters, identifier, seed }: KeyState): TreeSecret => ({
  digest: parameters.digest,
  tree: parameters.levels[0]!,
  identifier,
  seed,
});

export const signaturesLeft = (state: KeyState): number => signaturesOf(state.parameters) - state.next;

/** Against a hand in the file: "next" alone is changed in a second, and the key is gone. */
const checkOf = ({ seed, key, next }: KeyState): string =>
  hexOf(sha256(seed, key, Buffer.from(String(next)))).slice(0, 16);

export const keyText = (state: KeyState): string =>
  `${JSON.stringify(
    {
      version: 1,
      kind: KeyKind,
      digest: state.parameters.digest,
      levels: state.parameters.levels,
      identifier: hexOf(state.identifier),
      seed: hexOf(state.seed),
      key: hexOf(state.key),
      next: state.next,
      place: state.place,
      check: checkOf(state),
    },
    null,
    2,
  )}\n`;

const wrong = (what: string, file: string, field: string): PublishError =>
  new PublishError(what, {
    file,
    field,
    remedy: 'The file is damaged. Do not repair it by hand: a leaf that signs twice gives the key away',
  });

const bytesOf = (value: unknown, length: number, file: string, field: string): Uint8Array => {
  if (typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value) && value.length === 2 * length) {
    return Uint8Array.from(Buffer.from(value, 'hex'));
  }
  throw wrong('not the right bytes', file, field);
};

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const placeOf = (value: unknown, file: string): KeyPlace => {
  const { machine, path, mark, self } = fieldsOf(value);
  const all = [machine, path, mark, self];
  if (!all.every((one) => typeof one === 'string')) throw wrong('not a place', file, 'place');
  const [ownMachine, ownPath, ownMark, ownSelf] = all as [string, string, string, string];
  return { machine: ownMachine, path: ownPath, mark: ownMark, self: ownSelf };
};

export const keyRead = (text: string, file: string): KeyState => {
  let fields: Record<string, unknown>;
  try {
    fields = fieldsOf(JSON.parse(text));
  } catch {
    throw wrong('not JSON', file, 'key');
  }
  if (fields['version'] !== 1 || fields['kind'] !== KeyKind) throw wrong('not version 1', file, 'version');
  const levels = Array.isArray(fields['levels']) ? fields['levels'].map(fieldsOf) : [];
  const parameters = parametersCheck(
    fields['digest'],
    levels.map(({ height }) => height),
    levels.map(({ width }) => width),
    file,
  );
  const next = fields['next'];
  if (!(Number.isSafeInteger(next) && (next as number) >= 0)) throw wrong('not a number', file, 'next');
  const state: KeyState = {
    parameters,
    identifier: bytesOf(fields['identifier'], 16, file, 'identifier'),
    seed: bytesOf(fields['seed'], parameters.digest, file, 'seed'),
    key: bytesOf(fields['key'], hssKeyLength(parameters.digest), file, 'key'),
    next: next as number,
    place: placeOf(fields['place'], file),
  };
  if (!sameBytes(state.key.subarray(12, 28), state.identifier)) throw wrong('not of this key', file, 'key');
  if (fields['check'] !== checkOf(state)) throw wrong('changed by hand', file, 'check');
  return state;
};
