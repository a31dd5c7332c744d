/**
 * HMAC-SHA256 (RFC 2104) and HKDF (RFC 5869) over the SHA-256 of a board.
 *
 * Written in the device dialect, like agent/.
 */
import type { Hash } from '../ports.ts';
import type { MasterSecret } from './ports.ts';

const BLOCK = 64;
const DIGEST = 32;
const INNER = 0x36;
const OUTER = 0x5c;
/** Section 2.3 of RFC 5869: the counter has one byte. */
const OUTPUT_MAX = 255 * DIGEST;

export interface Hmac {
  readonly hash: Hash;
  /** The key, filled up to a block of the hash. */
  readonly key: Uint8Array;
  readonly block: Uint8Array;
}

export function hmacNew(hash: Hash): Hmac {
  return { hash: hash, key: new Uint8Array(BLOCK), block: new Uint8Array(BLOCK) };
}

const masked = (s: Hmac, mask: number): void => {
  for (let i = 0; i < BLOCK; i++) s.block[i] = (s.key[i] as number) ^ mask;
  s.hash.begin();
  s.hash.update(s.block, 0, BLOCK);
};

/** What is authenticated then goes into `s.hash`. */
export function hmacBegin(s: Hmac, key: Uint8Array): void {
  s.key.fill(0);
  if (key.length > BLOCK) {
    s.hash.begin();
    s.hash.update(key, 0, key.length);
    s.hash.finish(s.key);
  } else s.key.set(key);
  masked(s, INNER);
}

/** Writes 32 bytes to the start of `into`. */
export function hmacFinish(s: Hmac, into: Uint8Array): void {
  s.hash.finish(into);
  masked(s, OUTER);
  s.hash.update(into, 0, DIGEST);
  s.hash.finish(into);
}

/** Section 2.2: 32 bytes to the start of `into`. An empty salt is one of zeros, as HMAC has it anyway. */
export function hkdfExtract(s: Hmac, salt: Uint8Array, secret: Uint8Array, into: Uint8Array): void {
  hmacBegin(s, salt);
  s.hash.update(secret, 0, secret.length);
  hmacFinish(s, into);
}

/** Section 2.3: fills `into`. Throws where it is longer than 8160 bytes. */
export function hkdfExpand(s: Hmac, key: Uint8Array, info: Uint8Array, into: Uint8Array): void {
  if (!(into.length <= OUTPUT_MAX)) throw new RangeError('more than HKDF gives');
  const round = new Uint8Array(DIGEST);
  const counter = new Uint8Array(1);
  for (let at = 0; at < into.length; at += DIGEST) {
    hmacBegin(s, key);
    if (at > 0) s.hash.update(round, 0, DIGEST);
    s.hash.update(info, 0, info.length);
    counter[0] = at / DIGEST + 1;
    s.hash.update(counter, 0, 1);
    hmacFinish(s, round);
    for (let i = 0; i < DIGEST && at + i < into.length; i++) into[at + i] = round[i] as number;
  }
}

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface PlainSecret extends MasterSecret {
  readonly hmac: Hmac;
  readonly secret: Uint8Array;
}

function derive(this: PlainSecret, salt: Uint8Array, info: Uint8Array, into: Uint8Array): boolean {
  const key = new Uint8Array(DIGEST);
  hkdfExtract(this.hmac, salt, this.secret, key);
  hkdfExpand(this.hmac, key, info, into);
  return true;
}

/** A secret that is in RAM, where there is nothing better: kept as it is given, not copied. */
export function plainSecret(hash: Hash, secret: Uint8Array): MasterSecret {
  const made: PlainSecret = { hmac: hmacNew(hash), secret: secret, derive: derive };
  return made;
}
