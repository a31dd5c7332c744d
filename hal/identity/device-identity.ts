/**
 * An identity for devices whose secrets lie in their own memory: HMAC and HKDF over the board's SHA-256. It signs and
 * agrees where the board gives it a way: a chip, native code, or noble (docs/PORTING.md 21 says what engines have).
 */
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import * as Err from '../../agent/err.ts';
import type { Hash } from '../ports.ts';
import {
  ALGORITHM_ED25519,
  ALGORITHM_ESP256,
  isMac,
  KEY_ID_MAX,
  proofSize,
  SIGNATURE_SIZE,
} from './algorithms.ts';
import { HKDF_MAX, hkdf, hmacBegin, hmacFinish, hmacNew, hmacUpdate } from './hmac.ts';
import type { Hmac } from './hmac.ts';
import type { Identity } from './port.ts';

/** A secret that authenticates or derives. RFC 2104 asks for 32 bytes or more of it; OSCORE takes 16. */
export interface DeviceSecret {
  readonly keyId: Uint8Array;
  /** 'HMAC' authenticates, 'HKDF' derives: one secret is for one thing. */
  readonly kind: 'HMAC' | 'HKDF';
  /** 16 bytes or more. */
  readonly secret: Uint8Array;
}

/** What a chip or a library signs and agrees with; its keys are its own. As the port says, or it throws. */
export type Signing = Pick<Identity, 'publicKey' | 'sign' | 'agree'>;

export interface DeviceIdentityOptions {
  readonly hash: Hash;
  readonly secrets: readonly DeviceSecret[];
  readonly signing?: Signing | undefined;
}

const SECRET_MIN = 16;
/** Public keys of Ed25519 and X25519, of P-256; a shared secret. */
const OCTET_KEY = 32;
const POINT = 65;
const SHARED = 32;

/** Its functions find their state in `this`: they lie in flash, where each closure would take RAM. */
interface DeviceIdentity extends Identity {
  readonly hmac: Hmac;
  readonly secrets: readonly DeviceSecret[];
  readonly signing: Signing | undefined;
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && bytesEqual(a, 0, b, 0, a.length);

const find = (identity: DeviceIdentity, kind: string, keyId: Uint8Array): Uint8Array | undefined => {
  for (const one of identity.secrets) if (one.kind === kind && same(one.keyId, keyId)) return one.secret;
  return undefined;
};

/** What a chip answers is believed only where it is a length that was to come, and that there was room for. */
const answer = (found: number, size: number, other: number, into: Uint8Array): number => {
  if (found === Err.KeyMissing) return found;
  return (found === size || found === other) && found <= into.length ? found : Err.IdentityFailed;
};

function publicKey(this: DeviceIdentity, keyId: Uint8Array, into: Uint8Array): number {
  if (!this.signing) return Err.KeyMissing;
  try {
    return answer(this.signing.publicKey(keyId, into), OCTET_KEY, POINT, into);
  } catch (_) {
    return Err.IdentityFailed;
  }
}

function sign(
  this: DeviceIdentity,
  algorithm: number,
  keyId: Uint8Array,
  message: Uint8Array,
  into: Uint8Array,
): number {
  if (!this.signing || (algorithm !== ALGORITHM_ED25519 && algorithm !== ALGORITHM_ESP256))
    return Err.KeyMissing;
  if (!(into.length >= SIGNATURE_SIZE)) return Err.IdentityFailed;
  try {
    return answer(this.signing.sign(algorithm, keyId, message, into), SIGNATURE_SIZE, SIGNATURE_SIZE, into);
  } catch (_) {
    return Err.IdentityFailed;
  }
}

function mac(
  this: DeviceIdentity,
  algorithm: number,
  keyId: Uint8Array,
  message: Uint8Array,
  into: Uint8Array,
): number {
  const secret = find(this, 'HMAC', keyId);
  if (secret === undefined || !isMac(algorithm)) return Err.KeyMissing;
  const size = proofSize(algorithm);
  if (!(into.length >= size)) return Err.IdentityFailed;
  try {
    hmacBegin(this.hmac, secret);
    hmacUpdate(this.hmac, message, 0, message.length);
    hmacFinish(this.hmac);
  } catch (_) {
    return Err.IdentityFailed;
  }
  bytesCopy(this.hmac.digest, 0, into, 0, size);
  return size;
}

function agree(this: DeviceIdentity, keyId: Uint8Array, peer: Uint8Array, into: Uint8Array): number {
  if (!this.signing) return Err.KeyMissing;
  try {
    return answer(this.signing.agree(keyId, peer, into), SHARED, SHARED, into);
  } catch (_) {
    return Err.IdentityFailed;
  }
}

function derive(
  this: DeviceIdentity,
  keyId: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  into: Uint8Array,
): number {
  const secret = find(this, 'HKDF', keyId);
  if (secret === undefined) return Err.KeyMissing;
  if (!(into.length >= 1 && into.length <= HKDF_MAX)) return Err.IdentityFailed;
  try {
    hkdf(this.hmac, secret, salt, info, into);
  } catch (_) {
    return Err.IdentityFailed;
  }
  return into.length;
}

/** Secrets are kept as they are given. Throws where one is too short, or has the id and kind of another. */
export function deviceIdentity(options: DeviceIdentityOptions): Identity {
  const secrets = options.secrets;
  for (let i = 0; i < secrets.length; i++) {
    const one = secrets[i]!;
    if (!(one.keyId.length >= 1 && one.keyId.length <= KEY_ID_MAX))
      throw new RangeError(`secret ${i}: its id is not of 1 to ${KEY_ID_MAX} bytes`);
    if (!(one.secret.length >= SECRET_MIN))
      throw new RangeError(`secret ${i}: fewer than ${SECRET_MIN} bytes`);
    for (let k = 0; k < i; k++)
      if (secrets[k]!.kind === one.kind && same(secrets[k]!.keyId, one.keyId))
        throw new RangeError(`secret ${i}: has the id and kind of secret ${k}`);
  }
  const made: DeviceIdentity = {
    hmac: hmacNew(options.hash),
    secrets: secrets,
    signing: options.signing,
    publicKey: publicKey,
    sign: sign,
    mac: mac,
    agree: agree,
    derive: derive,
  };
  return made;
}
