/** HMAC (RFC 2104) and HKDF (RFC 5869) with SHA-256, over the board's own. */
import { bytesCopy } from '../../agent/bytes.ts';
import type { Hash } from '../ports.ts';

const BLOCK = 64;
const DIGEST = 32;
const INNER = 0x36;
const OUTER = 0x5c;
/** RFC 5869 section 2.3. */
export const HKDF_MAX: number = 255 * DIGEST;

export interface Hmac {
  readonly hash: Hash;
  /** The key, padded, exclusive-or INNER or OUTER. */
  readonly pad: Uint8Array;
  readonly digest: Uint8Array;
  readonly key: Uint8Array;
}

export function hmacNew(hash: Hash): Hmac {
  return {
    hash: hash,
    pad: new Uint8Array(BLOCK),
    digest: new Uint8Array(DIGEST),
    key: new Uint8Array(DIGEST),
  };
}

export function hmacBegin(hmac: Hmac, key: Uint8Array): void {
  const pad = hmac.pad;
  const hash = hmac.hash;
  pad.fill(0);
  if (key.length > BLOCK) {
    hash.begin();
    hash.update(key, 0, key.length);
    hash.finish(pad);
  } else bytesCopy(key, 0, pad, 0, key.length);
  for (let i = 0; i < BLOCK; i++) pad[i]! ^= INNER;
  hash.begin();
  hash.update(pad, 0, BLOCK);
}

export function hmacUpdate(hmac: Hmac, bytes: Uint8Array, from: number, to: number): void {
  hmac.hash.update(bytes, from, to);
}

/** Leaves the 32 bytes in `hmac.digest`, and nothing of the key. */
export function hmacFinish(hmac: Hmac): void {
  const hash = hmac.hash;
  const pad = hmac.pad;
  hash.finish(hmac.digest);
  for (let i = 0; i < BLOCK; i++) pad[i]! ^= INNER ^ OUTER;
  hash.begin();
  hash.update(pad, 0, BLOCK);
  hash.update(hmac.digest, 0, DIGEST);
  hash.finish(hmac.digest);
  pad.fill(0);
}

/** Extract, then expand to fill `into`, which is at most HKDF_MAX long. An empty `salt` is one of zeros. */
export function hkdf(
  hmac: Hmac,
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  into: Uint8Array,
): void {
  const counter = new Uint8Array(1);
  hmacBegin(hmac, salt);
  hmacUpdate(hmac, secret, 0, secret.length);
  hmacFinish(hmac);
  bytesCopy(hmac.digest, 0, hmac.key, 0, DIGEST);
  for (let at = 0; at < into.length; at += DIGEST) {
    counter[0]!++;
    hmacBegin(hmac, hmac.key);
    if (at > 0) hmacUpdate(hmac, hmac.digest, 0, DIGEST);
    hmacUpdate(hmac, info, 0, info.length);
    hmacUpdate(hmac, counter, 0, 1);
    hmacFinish(hmac);
    bytesCopy(hmac.digest, 0, into, at, Math.min(DIGEST, into.length - at));
  }
  hmac.key.fill(0);
}
