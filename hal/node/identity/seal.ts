/**
 * Secrets at rest (docs/SPEC.md section 13.4):
 *
 *   0 magic "FXK1" | 4 opened by u8 | 5 log2 N u8 | 6 r u8 | 7 p u8 | 8 salt 16 | 24 nonce 12 | 36 ciphertext | tag 16
 *
 * AES-256-GCM, associated data the first 36 bytes. Salt and nonce are drawn for each writing, so no key has two of them.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scryptSync } from 'node:crypto';
import { keyFileRead } from './key-file.ts';

/** What opens a store. */
export type Protection =
  | {
      readonly passphrase: string;
      /** log2 of scrypt's N. Default 15, which takes 32 MiB. */ readonly cost?: number;
    }
  | { readonly keyFile: string };

const MAGIC = 'FXK1';
const BY_AT = 4;
const N_AT = BY_AT + 1;
const R_AT = N_AT + 1;
const P_AT = R_AT + 1;
const SALT_AT = P_AT + 1;
const SALT_SIZE = 16;
const NONCE_AT = SALT_AT + SALT_SIZE;
const NONCE_SIZE = 12;
export const SEALED_AT: number = NONCE_AT + NONCE_SIZE;
const TAG_SIZE = 16;
const KEY_SIZE = 32;
const CIPHER = 'aes-256-gcm';

const BY_PASSPHRASE = 1;
const BY_KEY_FILE = 2;
const COST_DEFAULT = 15;
const COST_MIN = 10;
/** 1 GiB: what a file may make us take. */
const COST_MAX = 20;
const BLOCK_SIZE = 8;
const PARALLEL = 1;
const INFO = new TextEncoder().encode('flipside key store');

const passphraseKey = (passphrase: string, head: Uint8Array): Uint8Array => {
  const [cost, r, p] = [head[N_AT]!, head[R_AT]!, head[P_AT]!];
  if (!(cost >= COST_MIN && cost <= COST_MAX && r === BLOCK_SIZE && p === PARALLEL))
    throw new RangeError('scrypt numbers');
  const salt = head.subarray(SALT_AT, NONCE_AT);
  const N = 2 ** cost;
  // The same passphrase in another normal form of Unicode is the same to who types it.
  return scryptSync(passphrase.normalize('NFC'), salt, KEY_SIZE, { N, r, p, maxmem: 256 * N * r });
};

const fileKey = (path: string, head: Uint8Array): Uint8Array => {
  const bytes = keyFileRead(path);
  const key = new Uint8Array(hkdfSync('sha256', bytes, head.subarray(SALT_AT, NONCE_AT), INFO, KEY_SIZE));
  bytes.fill(0);
  return key;
};

const keyOf = (protection: Protection, head: Uint8Array): Uint8Array =>
  'passphrase' in protection ? passphraseKey(protection.passphrase, head) : fileKey(protection.keyFile, head);

const byOf = (protection: Protection): number => ('passphrase' in protection ? BY_PASSPHRASE : BY_KEY_FILE);

const headNew = (protection: Protection): Uint8Array => {
  const head = new Uint8Array(SEALED_AT);
  head.set(Buffer.from(MAGIC, 'latin1'));
  head[BY_AT] = byOf(protection);
  if ('passphrase' in protection) {
    head[N_AT] = protection.cost ?? COST_DEFAULT;
    head[R_AT] = BLOCK_SIZE;
    head[P_AT] = PARALLEL;
  }
  head.set(randomBytes(SALT_SIZE + NONCE_SIZE), SALT_AT);
  return head;
};

export const seal = (plain: Uint8Array, protection: Protection): Uint8Array => {
  const head = headNew(protection);
  const key = keyOf(protection, head);
  const cipher = createCipheriv(CIPHER, key, head.subarray(NONCE_AT), { authTagLength: TAG_SIZE });
  cipher.setAAD(head, { plaintextLength: plain.length });
  const sealed = Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  key.fill(0);
  return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length);
};

/** Undefined: not of this format, of other numbers, of another protection or key, or altered. Throws on the key file. */
export const unseal = (sealed: Uint8Array, protection: Protection): Uint8Array | undefined => {
  const end = sealed.length - TAG_SIZE;
  const head = sealed.subarray(0, SEALED_AT);
  if (!(end >= SEALED_AT) || Buffer.from(head.subarray(0, BY_AT)).toString('latin1') !== MAGIC)
    return undefined;
  if (head[BY_AT] !== byOf(protection)) return undefined;
  if (!('passphrase' in protection) && head[N_AT]! + head[R_AT]! + head[P_AT]! !== 0) return undefined;
  let key: Uint8Array;
  try {
    key = keyOf(protection, head);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  try {
    const decipher = createDecipheriv(CIPHER, key, head.subarray(NONCE_AT), { authTagLength: TAG_SIZE });
    decipher.setAuthTag(sealed.subarray(end));
    decipher.setAAD(head, { plaintextLength: end - SEALED_AT });
    const plain = decipher.update(sealed.subarray(SEALED_AT, end));
    decipher.final();
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
  } catch {
    return undefined;
  } finally {
    key.fill(0);
  }
};
