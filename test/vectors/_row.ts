/** A row of signatures.json; bytes as hex. */
export interface SignatureRow {
  readonly name: string;
  readonly algorithm: number;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words, 'utf8'));
export const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

export const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const out = bytes.slice();
  out[bit >> 3] = (out[bit >> 3] as number) ^ (1 << (bit & 7));
  return out;
};

export const bigBytes = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
export const littleBytes = (value: bigint): Uint8Array => bigBytes(value).reverse();
export const bigNumber = (bytes: Uint8Array): bigint => BigInt('0x' + hex(bytes));
export const littleNumber = (bytes: Uint8Array): bigint => bigNumber(bytes.slice().reverse());

/** 4096 bytes that are all but random, the same every time. */
export const longMessage: Uint8Array = Uint8Array.from(
  { length: 4096 },
  (_, i) => (i * 167 + (i >> 8) * 31) & 255,
);

/** Collects rows of one algorithm. */
export type Add = (
  name: string,
  valid: boolean,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  algorithm?: number,
) => void;

export const adder =
  (rows: SignatureRow[], usual: number, prefix: string): Add =>
  (name, valid, key, message, signature, algorithm = usual) => {
    rows.push({
      name: `${prefix}: ${name}`,
      algorithm,
      key: hex(key),
      message: hex(message),
      signature: hex(signature),
      valid,
    });
  };
