/** What the tests take for granted and a bare XS engine does not have: no more than they use. */
const utf8 = (text: string): number[] => {
  const bytes: number[] = [];
  for (const sign of text) {
    const code = sign.codePointAt(0)!;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return bytes;
};

const fromUtf8 = (bytes: Uint8Array): string =>
  decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));

const bytesFrom = (value: string | ArrayLike<number>, encoding?: string): Uint8Array => {
  if (typeof value !== 'string') return Uint8Array.from(value);
  if (encoding === 'hex') return Uint8Array.from(value.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return Uint8Array.from(encoding === 'latin1' ? [...value].map((sign) => sign.charCodeAt(0)) : utf8(value));
};

const given: Record<string, unknown> = {
  TextEncoder: class {
    encode(text: string): Uint8Array {
      return Uint8Array.from(utf8(text));
    }
  },
  TextDecoder: class {
    decode(bytes: Uint8Array): string {
      return fromUtf8(bytes);
    }
  },
  Buffer: {
    from: bytesFrom,
    compare: (one: Uint8Array, other: Uint8Array) => {
      const length = Math.min(one.length, other.length);
      for (let at = 0; at < length; at++) if (one[at] !== other[at]) return one[at]! - other[at]!;
      return one.length - other.length;
    },
    concat: (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part])),
  },
  // Libraries take hold of them when they are loaded; a test that waits is not run here.
  setTimeout: () => 0,
  clearTimeout: () => {},
  console: { log: () => {}, warn: () => {}, error: () => {} },
  performance: { now: () => 0 },
  // Of drawn cases a tenth: what they show of the engine, the first of them do.
  process: { env: { FEW_RUNS: '1' } },
};

for (const [name, value] of Object.entries(given))
  if (!(name in globalThis)) (globalThis as Record<string, unknown>)[name] = value;
