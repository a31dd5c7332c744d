/** The Decryption port over node:crypto. */
import {
  createDecipheriv,
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  getCiphers,
  hkdfSync,
} from 'node:crypto';
import { ALGORITHM_AES_GCM, KEK_SIZE, TAG_SIZE } from '../device-keys.ts';
import type { DeviceKey } from '../device-keys.ts';
import { libraryDecryption } from '../library-decryption.ts';
import type { DecryptionLibrary } from '../library-decryption.ts';
import type { Decryption } from '../ports.ts';

// PrivateKeyInfo and SubjectPublicKeyInfo up to the key's own bytes: RFC 8410 section 7 and 4. In hex, because tests that
// run on other engines import this file: nothing of Node is called before it is needed.
const PKCS8_X25519 = '302e020100300506032b656e04220420';
const SPKI_X25519 = '302a300506032b656e032100';
/** RFC 3394 section 2.2.3.1. */
const KEY_WRAP_IV = new Uint8Array(8).fill(0xa6);
/** The same cipher by its name in OpenSSL's list, which differs between versions. */
const keyWrapName = (): string =>
  getCiphers().includes('id-aes128-wrap') ? 'id-aes128-wrap' : 'aes128-wrap';

const agreeX25519 = (secret: Uint8Array, sender: Uint8Array): Buffer =>
  diffieHellman({
    privateKey: createPrivateKey({
      key: Buffer.concat([Buffer.from(PKCS8_X25519, 'hex'), secret]),
      format: 'der',
      type: 'pkcs8',
    }),
    publicKey: createPublicKey({
      key: Buffer.concat([Buffer.from(SPKI_X25519, 'hex'), sender]),
      format: 'der',
      type: 'spki',
    }),
  });

/** Throws on a private key that is 0 or not below the order, and on a point off the curve. */
const agreeP256 = (secret: Uint8Array, sender: Uint8Array): Buffer => {
  const own = createECDH('prime256v1');
  own.setPrivateKey(secret);
  return own.computeSecret(sender);
};

/** The shared secret, 32 bytes. Throws on a point off the curve; OpenSSL fails on a secret of zeros. */
export const nodeAgree = (kind: DeviceKey['kind'], secret: Uint8Array, sender: Uint8Array): Buffer =>
  kind === 'X25519' ? agreeX25519(secret, sender) : agreeP256(secret, sender);

const NODE: DecryptionLibrary = {
  agree: nodeAgree,
  derive: (shared, info) => new Uint8Array(hkdfSync('sha256', shared, new Uint8Array(0), info, KEK_SIZE)),
  unwrap(kek, wrapped) {
    const decipher = createDecipheriv(keyWrapName(), kek, KEY_WRAP_IV);
    const key = decipher.update(wrapped);
    decipher.final();
    return key;
  },
  open(algorithm, key, nonce, associated, sealed) {
    const cipher = algorithm === ALGORITHM_AES_GCM ? 'aes-128-gcm' : 'chacha20-poly1305';
    const end = sealed.length - TAG_SIZE;
    const decipher = createDecipheriv(cipher as 'aes-128-gcm', key, nonce, { authTagLength: TAG_SIZE });
    decipher.setAuthTag(sealed.subarray(end));
    decipher.setAAD(associated, { plaintextLength: end });
    const plaintext = decipher.update(sealed.subarray(0, end));
    decipher.final();
    sealed.set(plaintext);
  },
};

/** Decryption over node:crypto, with the answers of the noble provider. Throws where a key is no key. */
export function nodeDecryption(keys: readonly DeviceKey[]): Decryption {
  for (const { kind, key } of keys) if (kind === 'P-256') createECDH('prime256v1').setPrivateKey(key);
  return libraryDecryption(NODE, keys);
}
