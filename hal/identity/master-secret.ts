/** A secret of an identity in the shape that OSCORE asks for one: it derives, and is never seen. */
import type { Identity } from './port.ts';

export interface MasterSecret {
  /** HKDF-SHA256 of the secret, the whole of `into`. False: it cannot. */
  derive(salt: Uint8Array, info: Uint8Array, into: Uint8Array): boolean;
}

interface OwnSecret extends MasterSecret {
  readonly identity: Identity;
  readonly keyId: Uint8Array;
}

function derive(this: OwnSecret, salt: Uint8Array, info: Uint8Array, into: Uint8Array): boolean {
  return this.identity.derive(this.keyId, salt, info, into) === into.length;
}

/** Whether the key is there shows when it derives. */
export function masterSecret(identity: Identity, keyId: Uint8Array): MasterSecret {
  const made: OwnSecret = { identity: identity, keyId: keyId, derive: derive };
  return made;
}
