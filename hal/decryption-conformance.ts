/** What a provider of the Decryption port must do, to be run against a native one: an empty list means it does. */
import { attempt, toBytes, toHex } from './crypto-conformance.ts';
import { PATTERNS, patternByte, SEALED, SENDERS, WRAPPED } from './decryption-cases.ts';
import type { SealedPattern, WrappedCase } from './decryption-cases.ts';
import { ALGORITHM_A128KW, ALGORITHM_ECDH_ES_A128KW } from './device-keys.ts';
import type { DeviceKey } from './device-keys.ts';
import type { Decryption } from './ports.ts';

const GUARD = 0xa5;
/** What a range begins behind, and what is behind it: no multiple of a word. */
const BEFORE = 3;
const BEHIND = 5;
const TAG = 16;
const KEY_ID = '0102030405';
const OTHER_KEY_ID = '0102030406';

interface Sealed {
  readonly algorithm: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
  readonly sealed: Uint8Array;
}

const pattern = (length: number, step: number, first: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = patternByte(i, step, first);
  return bytes;
};

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
};

const same = (one: Uint8Array, other: Uint8Array): boolean => {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return one.length === other.length;
};

/** The same bytes, with a bit of one of them changed; counted from the end where `at` is below zero. */
const changed = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  const place = at < 0 ? bytes.length + at : at;
  copy[place] = (copy[place] as number) ^ 1;
  return copy;
};

/** Opens inside a longer array; the plaintext in hex, 'refused', or in words what else went wrong. */
const openInside = (
  decryption: Decryption,
  { algorithm, key, nonce, associated, sealed }: Sealed,
): string => {
  const bytes = new Uint8Array(BEFORE + sealed.length + BEHIND).fill(GUARD);
  bytes.set(sealed, BEFORE);
  const [keyGiven, nonceGiven, associatedGiven] = [key.slice(), nonce.slice(), associated.slice()];
  const to = BEFORE + sealed.length;
  const holds = decryption.open(algorithm, key, nonce, associated, bytes, BEFORE, to);
  for (let i = 0; i < bytes.length; i++)
    if ((i < BEFORE || i >= to) && bytes[i] !== GUARD) return 'wrote outside the range';
  if (!same(key, keyGiven) || !same(nonce, nonceGiven) || !same(associated, associatedGiven))
    return 'changed its arguments';
  if (holds === false) return 'refused';
  return holds === true ? toHex(bytes.subarray(BEFORE, to - TAG)) : `is ${String(holds)}`;
};

/** Whatever is changed of what holds must be refused, and then what holds must hold again. */
const spoiltFault = (decryption: Decryption, good: Sealed): string | undefined => {
  const { algorithm, key, nonce, associated, sealed } = good;
  const spoilt: [string, Partial<Sealed>][] = [
    ['the last byte of the tag', { sealed: changed(sealed, -1) }],
    ['the first byte of the tag', { sealed: changed(sealed, -TAG) }],
    ['the first byte', { sealed: changed(sealed, 0) }],
    ['the last byte of the ciphertext', { sealed: changed(sealed, sealed.length > TAG ? -TAG - 1 : 0) }],
    ['no last byte', { sealed: sealed.subarray(0, sealed.length - 1) }],
    ['no first byte', { sealed: sealed.subarray(1) }],
    ['the tag alone', { sealed: sealed.subarray(sealed.length - TAG), key: changed(key, 0) }],
    ['one byte more', { sealed: joined(sealed, new Uint8Array(1)) }],
    ['the first byte of the key', { key: changed(key, 0) }],
    ['the last byte of the key', { key: changed(key, -1) }],
    ['the first byte of the nonce', { nonce: changed(nonce, 0) }],
    ['the last byte of the nonce', { nonce: changed(nonce, -1) }],
    ['associated data longer by a zero', { associated: joined(associated, new Uint8Array(1)) }],
    ['the other algorithm', { algorithm: algorithm === 1 ? 24 : 1 }],
  ];
  if (associated.length > 0) {
    spoilt.push(['the first byte of associated data', { associated: changed(associated, 0) }]);
    spoilt.push(['the last byte of associated data', { associated: changed(associated, -1) }]);
    spoilt.push(['no associated data', { associated: associated.subarray(0, 0) }]);
  }
  for (const [name, part] of spoilt) {
    const answer = openInside(decryption, { ...good, ...part });
    if (answer !== 'refused') return `not refused, but for ${name}: ${answer.slice(0, 40)}`;
  }
  return openInside(decryption, good) === 'refused' ? 'refused after others were' : undefined;
};

const sealedFaults = (decryption: Decryption, faults: string[]): void => {
  for (const { name, algorithm, plaintext, ...row } of SEALED)
    attempt(faults, name, () => {
      const [key, nonce, associated] = [toBytes(row.key), toBytes(row.nonce), toBytes(row.associated)];
      const good = { algorithm, key, nonce, associated, sealed: toBytes(row.sealed) };
      const answer = openInside(decryption, good);
      return answer === plaintext ? spoiltFault(decryption, good) : `wrong: ${answer.slice(0, 40)}`;
    });
};

const checkOf = (hex: string): number => {
  let check = 1;
  for (const byte of toBytes(hex)) check = ((check << 5) - check + byte) | 0;
  return check;
};

/** Of every length around blocks of 16 and 64, the longest first: the others are its beginnings. */
const patternFaults = (decryption: Decryption, row: SealedPattern, faults: string[]): void => {
  const longest = row.tags[row.tags.length - 1]?.[0] ?? 0;
  const ciphertext = pattern(longest, 7, 3);
  let whole = '';
  for (let i = row.tags.length - 1; i >= 0; i--) {
    const [length, tag] = row.tags[i] as readonly [number, string];
    attempt(faults, `algorithm ${row.algorithm}, ${length} bytes`, () => {
      const good: Sealed = {
        algorithm: row.algorithm,
        key: pattern(row.keySize, 5, 1),
        nonce: pattern(12, 1, 0),
        associated: pattern(length % 37, 3, 2),
        sealed: joined(ciphertext.subarray(0, length), toBytes(tag)),
      };
      const answer = openInside(decryption, good);
      if (answer === 'refused') return answer;
      if (length === longest) whole = answer;
      if (answer !== whole.slice(0, 2 * length)) return 'wrong plaintext';
      if (length === longest && checkOf(whole) !== row.check) return 'wrong plaintext';
      return spoiltFault(decryption, good);
    });
  }
};

/** Arguments of no use at all are false, and never throw. */
const malformedFaults = (decryption: Decryption, faults: string[]): void => {
  const bytes = new Uint8Array(64);
  const ask = (algorithm: number, key: number, nonce: number, from: number, to: number): void =>
    attempt(faults, `algorithm ${algorithm}, key of ${key}, nonce of ${nonce}, ${from}..${to}`, () => {
      const [k, n] = [new Uint8Array(key), new Uint8Array(nonce)];
      const answer = decryption.open(algorithm, k, n, new Uint8Array(0), bytes, from, to);
      return answer === false ? undefined : `is ${String(answer)}, not false`;
    });
  for (const [algorithm, size] of [
    [1, 16],
    [24, 32],
  ] as const) {
    for (const key of [0, 1, 15, 16, 17, 24, 31, 32, 33, 64])
      if (key !== size) ask(algorithm, key, 12, 0, 64);
    for (const nonce of [0, 1, 8, 11, 13, 16, 24]) ask(algorithm, size, nonce, 0, 64);
    for (const [from, to] of [
      [0, 0],
      [0, 15],
      [50, 64],
      [-1, 64],
      [0, 65],
      [64, 128],
      [32, 16],
      [NaN, 64],
      [0, NaN],
      [0, Infinity],
    ] as const)
      ask(algorithm, size, 12, from, to);
  }
  // A192GCM and A256GCM, AES-CCM, a cipher without a tag, what is no number.
  for (const algorithm of [0, 2, 3, 10, -65534, -3, 1.5, NaN, Infinity])
    for (const size of [16, 32]) ask(algorithm, size, 12, 0, 64);
};

type Make = (keys: readonly DeviceKey[]) => Decryption;

const algorithmOf = (kind: DeviceKey['kind']): number =>
  kind === 'A128KW' ? ALGORITHM_A128KW : ALGORITHM_ECDH_ES_A128KW;

/** Unwraps into a longer array; the content key in hex, 'refused', 'no key', or in words what else went wrong. */
const unwrapInto = (decryption: Decryption, row: WrappedCase, keyId: string, algorithm: number): string => {
  const into = new Uint8Array(32 + BEHIND).fill(GUARD);
  const given = [keyId, row.sender, row.info, row.wrapped];
  const [id, sender, info, wrapped] = given.map(toBytes) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const length = decryption.unwrap(algorithm, id, sender, info, wrapped, into);
  if ([id, sender, info, wrapped].map(toHex).join() !== given.join()) return 'changed its arguments';
  const room = length === 16 ? 16 : 32;
  for (let i = room; i < into.length; i++) if (into[i] !== GUARD) return 'wrote past the content key';
  if (length === 0 || length === -1) return length === 0 ? 'no key' : 'refused';
  return length === 16 || length === 32 ? toHex(into.subarray(0, length)) : `is ${String(length)}`;
};

/** Whatever is changed of what unwraps, bit by bit, does not. */
const unwrapSpoiltFault = (decryption: Decryption, row: WrappedCase): string | undefined => {
  const algorithm = algorithmOf(row.kind);
  const spoilt: [string, Partial<WrappedCase>][] = [];
  const bytes = toBytes(row.wrapped);
  for (let i = 0; i < bytes.length; i++) spoilt.push([`byte ${i}`, { wrapped: toHex(changed(bytes, i)) }]);
  for (const length of [0, 1, 8, 16, 23, 25, 32, 39, 41, 48, bytes.length === 24 ? 40 : 24])
    spoilt.push([`${length} bytes`, { wrapped: `${row.wrapped}${'00'.repeat(48)}`.slice(0, 2 * length) }]);
  // Of A128KW both are empty.
  spoilt.push(['info longer by a zero', { info: `${row.info}00` }]);
  if (row.kind !== 'A128KW')
    spoilt.push(['info', { info: toHex(changed(toBytes(row.info), -1)) }], ['no info', { info: '' }]);
  for (const [name, part] of spoilt) {
    const answer = unwrapInto(decryption, { ...row, ...part }, KEY_ID, algorithm);
    if (answer !== 'refused') return `not refused, but for ${name}: ${answer}`;
  }
  const [id, sender, info] = [toBytes(KEY_ID), toBytes(row.sender), toBytes(row.info)];
  const small = new Uint8Array((row.content ?? '').length / 2 - 1);
  if (decryption.unwrap(algorithm, id, sender, info, bytes, small) !== -1) return 'into what is too small';
  return undefined;
};

const unwrapFault = (
  make: Make,
  kinds: readonly DeviceKey['kind'][],
  row: WrappedCase,
): string | undefined => {
  const keys: DeviceKey[] = [];
  // A key of each kind under one id, and before it another one of this kind.
  keys.push({
    keyId: toBytes(OTHER_KEY_ID),
    kind: row.kind,
    key: toBytes('01'.repeat(row.secret.length / 2)),
  });
  for (const kind of kinds) {
    const secret = kind === row.kind ? row.secret : '02'.repeat(kind === 'A128KW' ? 16 : 32);
    keys.push({ keyId: toBytes(KEY_ID), kind, key: toBytes(secret) });
  }
  const decryption = make(keys);
  const ask = (keyId: string, part: Partial<WrappedCase>, algorithm: number): string =>
    unwrapInto(decryption, { ...row, ...part }, keyId, algorithm);
  const algorithm = algorithmOf(row.kind);
  const answer = ask(KEY_ID, {}, algorithm);
  if (answer !== (row.content ?? 'refused')) return answer;
  if (row.content === undefined) return undefined;
  if (ask(OTHER_KEY_ID, {}, algorithm) !== 'refused') return 'unwraps with another key';
  for (const id of ['', '01020304', '010203040500', '0102030407', KEY_ID.repeat(7)])
    if (ask(id, {}, algorithm) !== 'no key') return `has a key of id '${id}'`;
  for (const other of [
    0,
    1,
    -4,
    -5,
    -25,
    -31,
    NaN,
    algorithm === ALGORITHM_A128KW ? ALGORITHM_ECDH_ES_A128KW : -6,
  ])
    if (ask(KEY_ID, {}, other) !== 'no key') return `has a key for algorithm ${other}`;
  if (row.kind !== 'A128KW')
    for (const length of [0, 1, 31, 33, 64, 66])
      if (ask(KEY_ID, { sender: '04'.repeat(length) }, algorithm) !== 'no key')
        return `has a key for a sender's of ${length} bytes`;
  const fault = unwrapSpoiltFault(decryption, row);
  if (fault !== undefined) return fault;
  return ask(KEY_ID, {}, algorithm) === row.content ? undefined : 'refused after others were';
};

const senderFaults = (make: Make, kinds: readonly DeviceKey['kind'][], faults: string[]): void => {
  for (const [row, senders] of SENDERS)
    for (const [name, sender] of kinds.includes(row.kind) ? senders : [])
      attempt(faults, `${row.name}, the sender's key ${name}`, () => {
        const decryption = make([{ keyId: toBytes(KEY_ID), kind: row.kind, key: toBytes(row.secret) }]);
        const answer = unwrapInto(decryption, { ...row, sender }, KEY_ID, ALGORITHM_ECDH_ES_A128KW);
        return answer === 'refused' ? undefined : `is not refused, but ${answer}`;
      });
};

/**
 * `make` opens a port with these keys, none of them of a kind that is not in `kinds`. Returns what went wrong, in words.
 */
export function decryptionConformance(make: Make, kinds: readonly DeviceKey['kind'][]): string[] {
  const faults: string[] = [];
  const keyless = make([]);
  sealedFaults(keyless, faults);
  for (const row of PATTERNS) patternFaults(keyless, row, faults);
  malformedFaults(keyless, faults);
  for (const row of WRAPPED)
    if (kinds.includes(row.kind)) attempt(faults, row.name, () => unwrapFault(make, kinds, row));
  senderFaults(make, kinds, faults);
  return faults;
}
