import { keyParse } from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';

/** An Ed25519 key from a seed of one repeated byte, as PKCS#8 PEM. For tests only: the same each time. */
export const seededPem = (byte: number): string => {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const body = Buffer.concat([head, Buffer.alloc(32, byte)]).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
};

export const seededKey = (byte: number): SigningKey => keyParse(seededPem(byte), 'seeded');

/** An image that deflates well in parts and not at all in others; the same for the same numbers. */
export const sampleImage = (length: number, seed = 1): Uint8Array => {
  const image = new Uint8Array(length);
  let state = seed >>> 0;
  for (let at = 0; at < length; at++) {
    state = (state * 1664525 + 1013904223) >>> 0;
    image[at] = (at >> 11) % 3 === 0 ? state >>> 24 : (at % 61) + ((at >> 9) & 7);
  }
  return image;
};
