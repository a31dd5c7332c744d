import { deviceKeyOf } from '../../publisher/index.ts';
import type { DeviceKey, RecipientKind } from '../../publisher/index.ts';

export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** For tests only: the same each time. */
export const deviceKey = (kind: RecipientKind, byte = 1, keyId?: Uint8Array): DeviceKey =>
  deviceKeyOf(kind, new Uint8Array(kind === 'a128kw' ? 16 : 32).fill(byte), keyId);

/** Random bytes for a pack: the same for the same seed. */
export const seededRandom = (seed: number): ((length: number) => Uint8Array) => {
  let state = seed >>> 0;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
};
