/** What a crypto provider must do, to be run against a native one: an empty list means it does. */
import type { Crypto } from './ports.ts';
import { ALGORITHM_ED25519, ALGORITHM_ESP256, KEY_SIZE_ED25519, KEY_SIZE_P256 } from './strict.ts';

/** A row of test/vectors/signatures.json; bytes as hex. */
export interface SignatureCase {
  readonly name: string;
  readonly algorithm: number;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const DIGEST_SIZE = 32;
const GUARD = 0xa5;

/** FIPS 180-4 examples: the text, how often, the digest. */
const DIGESTS: readonly (readonly [string, number, string])[] = [
  ['', 1, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 1, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    1,
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a', 1000000, 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
];

export const toBytes = (hex: string): Uint8Array => {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
};

export const toHex = (bytes: Uint8Array): string => {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
};

const repeated = (text: string, times: number): Uint8Array => {
  const bytes = new Uint8Array(text.length * times);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i % text.length);
  return bytes;
};

export const attempt = (faults: string[], name: string, run: () => string | undefined): void => {
  try {
    const fault = run();
    if (fault !== undefined) faults.push(`${name}: ${fault}`);
  } catch (error) {
    faults.push(`${name}: threw ${String(error)}`);
  }
};

const digestFaults = (crypto: Crypto, faults: string[]): void => {
  const hash = crypto.sha256();
  const other = crypto.sha256();
  const room = new Uint8Array(DIGEST_SIZE + 2).fill(GUARD);
  for (const [text, times, wanted] of DIGESTS) {
    const bytes = repeated(text, times);
    // Around the lengths at which the padding takes another block of 64, and a step no length divides.
    for (const step of [bytes.length || 1, 1, 55, 56, 63, 64, 65, 1009]) {
      if (step === 1 && bytes.length > 4096) continue;
      attempt(faults, `SHA-256 of ${bytes.length} bytes by ${step}`, () => {
        hash.begin();
        other.begin();
        for (let at = 0; at < bytes.length; at += step) {
          hash.update(bytes, at, Math.min(bytes.length, at + step));
          other.update(bytes, 0, 1);
        }
        hash.update(bytes, bytes.length, bytes.length);
        hash.finish(room);
        if (toHex(room.subarray(0, DIGEST_SIZE)) !== wanted) return 'wrong digest';
        return room[DIGEST_SIZE] === GUARD ? undefined : 'wrote past 32 bytes';
      });
    }
  }
  attempt(faults, 'SHA-256 begun again', () => {
    hash.begin();
    hash.update(toBytes('00'), 0, 1);
    hash.begin();
    hash.update(repeated('xabcx', 1), 1, 4);
    hash.finish(room);
    return toHex(room.subarray(0, DIGEST_SIZE)) === DIGESTS[1]?.[2] ? undefined : 'begin does not forget';
  });
};

/** Arguments of no use at all are false, and never throw. */
const malformedFaults = (crypto: Crypto, faults: string[]): void => {
  const sizes: readonly (readonly [number, number])[] = [
    [ALGORITHM_ED25519, KEY_SIZE_ED25519],
    [ALGORITHM_ESP256, KEY_SIZE_P256],
    // HSS/LMS is the agent's own, and never asked of a port.
    [-46, 60],
    [NaN, KEY_SIZE_ED25519],
    [Infinity, KEY_SIZE_P256],
  ];
  for (const [algorithm, size] of sizes)
    for (const keySize of [0, 1, size - 1, size, size + 1, 4096])
      for (const signatureSize of [0, 1, 63, 64, 65, 4096])
        for (const fill of [0x00, 0x04, 0xff])
          attempt(
            faults,
            `algorithm ${algorithm}, key of ${keySize}, signature of ${signatureSize}, all ${fill}`,
            () => {
              const key = new Uint8Array(keySize).fill(fill);
              const signature = new Uint8Array(signatureSize).fill(fill);
              if (crypto.verify(algorithm, key, key, signature) !== false) return 'is not false';
              const digest = new Uint8Array(DIGEST_SIZE).fill(fill);
              if (crypto.verifyDigest === undefined) return undefined;
              return crypto.verifyDigest(algorithm, key, digest, signature)
                ? 'of a digest is not false'
                : undefined;
            },
          );
};

/** `verifyDigest`, where there is one, has the verdict of `verify`, and for -9 and -7 only. */
const digestFault = (crypto: Crypto, row: SignatureCase): string | undefined => {
  if (crypto.verifyDigest === undefined) return undefined;
  const hash = crypto.sha256();
  const message = toBytes(row.message);
  const digest = new Uint8Array(DIGEST_SIZE);
  hash.begin();
  hash.update(message, 0, message.length);
  hash.finish(digest);
  const answer = crypto.verifyDigest(row.algorithm, toBytes(row.key), digest, toBytes(row.signature));
  const wanted = row.valid && row.algorithm !== ALGORITHM_ED25519;
  return answer === wanted ? undefined : `of its digest is ${String(answer)}, not ${wanted}`;
};

/** Runs `rows` and the known digests; returns what went wrong, in words. */
export function cryptoConformance(crypto: Crypto, rows: readonly SignatureCase[]): string[] {
  const faults: string[] = [];
  digestFaults(crypto, faults);
  malformedFaults(crypto, faults);
  for (const row of rows)
    attempt(faults, row.name, () => {
      const parts = [toBytes(row.key), toBytes(row.message), toBytes(row.signature)] as const;
      const answer = crypto.verify(row.algorithm, ...parts);
      if (toHex(parts[0]) !== row.key || toHex(parts[1]) !== row.message || toHex(parts[2]) !== row.signature)
        return 'changed its arguments';
      return answer === row.valid ? digestFault(crypto, row) : `is ${String(answer)}, not ${row.valid}`;
    });
  return faults;
}
