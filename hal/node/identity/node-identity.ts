/** The Identity port over node:crypto, and what else is made of a device's secrets. */
import { createECDH, createHmac, createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as Err from '../../../agent/err.ts';
import type { DeviceKey } from '../../device-keys.ts';
import {
  ALGORITHM_ED25519,
  ALGORITHM_ESP256,
  isMac,
  proofSize,
  SIGNATURE_SIZE,
} from '../../identity/algorithms.ts';
import { HKDF_MAX } from '../../identity/hmac.ts';
import type { Identity } from '../../identity/port.ts';
import type { Decryption } from '../../ports.ts';
import { nodeAgree, nodeDecryption } from '../decryption.ts';
import type { KeyKind, KeyStoreContent, OscoreIds, StoredKey } from './content.ts';
import { contentTrouble } from './content.ts';

/** What a DTLS library is given. */
export interface Psk {
  readonly identity: Uint8Array;
  readonly key: Uint8Array;
}

export interface Oscore extends OscoreIds {
  readonly masterSecret: Uint8Array;
}

export interface NodeIdentity extends Identity {
  readonly device: Uint8Array;
  /** The device's keys for encrypted updates, as the agent takes them. */
  decryption(): Decryption;
  /** A copy, for a library that takes the secret itself; the only ones that are given out. Undefined: there is none. */
  psk(identity: Uint8Array): Psk | undefined;
  oscore(keyId: Uint8Array): Oscore | undefined;
  /** Overwrites the secrets; nothing is answered from then on but KeyMissing. What libraries copied stays with them. */
  close(): void;
}

// PrivateKeyInfo of Ed25519 and X25519 up to the key's own bytes: RFC 8410 section 7.
const PKCS8_ED25519 = '302e020100300506032b657004220420';
const PKCS8_X25519 = '302e020100300506032b656e04220420';

const octetKey = (head: string, secret: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([Buffer.from(head, 'hex'), secret]), format: 'der', type: 'pkcs8' });

/** Throws where the scalar is 0 or not below the order. */
const pointOf = (secret: Uint8Array): Buffer => {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secret);
  return ecdh.getPublicKey();
};

const curveKey = (secret: Uint8Array): KeyObject => {
  const point = pointOf(secret);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const [x, y] = [text(point.subarray(1, 33)), text(point.subarray(33))];
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: text(secret), x, y } });
};

const octetPublic = (key: KeyObject): Buffer =>
  Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');

/** Of the kinds that have one. */
const PUBLIC: Partial<Record<KeyKind, (secret: Uint8Array) => Uint8Array>> = {
  Ed25519: (secret) => octetPublic(octetKey(PKCS8_ED25519, secret)),
  X25519: (secret) => octetPublic(octetKey(PKCS8_X25519, secret)),
  ESP256: pointOf,
  'P-256': pointOf,
};

const put = (bytes: Uint8Array, into: Uint8Array): number => {
  if (!(bytes.length <= into.length)) return Err.IdentityFailed;
  into.set(bytes);
  return bytes.length;
};

const guarded = (run: () => number): number => {
  try {
    return run();
  } catch {
    return Err.IdentityFailed;
  }
};

const find = (
  keys: readonly StoredKey[],
  wanted: readonly KeyKind[],
  keyId: Uint8Array,
): StoredKey | undefined =>
  keys.find((one) => wanted.includes(one.kind) && Buffer.from(one.keyId).equals(keyId));

/** An ESP256 key signs, a P-256 key agrees; of both, X25519 and Ed25519 the id should be one's own. */
const withPublic = Object.keys(PUBLIC) as KeyKind[];

const signed = (key: StoredKey, message: Uint8Array): Buffer =>
  key.kind === 'Ed25519'
    ? sign(null, message, octetKey(PKCS8_ED25519, key.secret))
    : sign('sha256', message, { key: curveKey(key.secret), dsaEncoding: 'ieee-p1363' });

/** The answers of the port. */
const portOf = (keysNow: () => readonly StoredKey[]): Identity => ({
  publicKey(keyId, into) {
    const key = find(keysNow(), withPublic, keyId);
    return key === undefined ? Err.KeyMissing : guarded(() => put(PUBLIC[key.kind]!(key.secret), into));
  },
  sign(algorithm, keyId, message, into) {
    const kind =
      algorithm === ALGORITHM_ED25519 ? 'Ed25519' : algorithm === ALGORITHM_ESP256 ? 'ESP256' : undefined;
    const key = kind && find(keysNow(), [kind], keyId);
    if (!key) return Err.KeyMissing;
    return guarded(() =>
      into.length >= SIGNATURE_SIZE ? put(signed(key, message), into) : Err.IdentityFailed,
    );
  },
  mac(algorithm, keyId, message, into) {
    const key = isMac(algorithm) ? find(keysNow(), ['HMAC'], keyId) : undefined;
    if (!key) return Err.KeyMissing;
    return guarded(() => {
      const tag = createHmac('sha256', key.secret).update(message).digest();
      return put(tag.subarray(0, proofSize(algorithm)), into);
    });
  },
  agree(keyId, peer, into) {
    const key = find(keysNow(), ['X25519', 'P-256'], keyId);
    if (!key) return Err.KeyMissing;
    return guarded(() => {
      const own = Uint8Array.from(peer);
      const size = key.kind === 'X25519' ? 32 : 65;
      if (own.length !== size || (size === 65 && own[0] !== 4)) return Err.IdentityFailed;
      return put(nodeAgree(key.kind as DeviceKey['kind'], key.secret, own), into);
    });
  },
  derive(keyId, salt, info, into) {
    const key = find(keysNow(), ['HKDF', 'OSCORE'], keyId);
    if (!key) return Err.KeyMissing;
    if (!(into.length >= 1 && into.length <= HKDF_MAX)) return Err.IdentityFailed;
    return guarded(() => put(new Uint8Array(hkdfSync('sha256', key.secret, salt, info, into.length)), into));
  },
});

const isDeviceKey = ({ kind }: StoredKey): boolean =>
  kind === 'A128KW' || kind === 'X25519' || kind === 'P-256';

const copy = (key: StoredKey): StoredKey => ({
  ...key,
  keyId: Uint8Array.from(key.keyId),
  secret: Uint8Array.from(key.secret),
});

/** Keys are copied. Throws where one of them is none. */
export const nodeIdentity = (content: KeyStoreContent): NodeIdentity => {
  const trouble = contentTrouble(content);
  if (trouble !== undefined) throw new RangeError(trouble);
  let keys: readonly StoredKey[] = content.keys.map(copy);
  for (const { kind, secret } of keys) PUBLIC[kind]?.(secret);
  return {
    ...portOf(() => keys),
    device: Uint8Array.from(content.device),
    decryption: () =>
      nodeDecryption(
        keys
          .filter(isDeviceKey)
          .map(({ kind, keyId, secret }) => ({ kind: kind as DeviceKey['kind'], keyId, key: secret })),
      ),
    psk(identity) {
      const key = find(keys, ['PSK'], identity);
      return key && { identity: Uint8Array.from(key.keyId), key: Uint8Array.from(key.secret) };
    },
    oscore(keyId) {
      const key = find(keys, ['OSCORE'], keyId);
      return key && { ...key.oscore!, masterSecret: Uint8Array.from(key.secret) };
    },
    close() {
      for (const { secret } of keys) secret.fill(0);
      keys = [];
    },
  };
};
