/**
 * What the project's own ciphers take on the emulated board: run in place of the boot decision, and of all else. Times are
 * of a machine whose clock counts instructions.
 */
import { PATTERNS, patternByte, WRAPPED } from '../../hal/decryption-cases.ts';
import { deviceDecryption } from '../../hal/device-decryption.ts';
import type { Decryption } from '../../hal/ports.ts';
import { instructions } from './instructions.ts';

const KEY_ID = 1;

function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function pattern(bytes: Uint8Array, step: number, first: number): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = patternByte(i, step, first);
  return bytes;
}

/** The longest row of each algorithm: 2048 bytes. */
function open(decryption: Decryption): void {
  for (const { algorithm, keySize, tags } of PATTERNS) {
    const [length, tag] = tags[tags.length - 1]!;
    const sealed = new Uint8Array(length + 16);
    pattern(sealed.subarray(0, length), 7, 3);
    sealed.set(fromHex(tag), length);
    const key = pattern(new Uint8Array(keySize), 5, 1);
    const nonce = pattern(new Uint8Array(12), 1, 0);
    const associated = pattern(new Uint8Array(length % 37), 3, 2);
    const from = instructions();
    const holds = decryption.open(algorithm, key, nonce, associated, sealed, 0, sealed.length);
    const taken = instructions() - from;
    boardLog(`opened ${algorithm} ${holds} ${length} ${taken}`);
  }
}

function measure(): void {
  const row = WRAPPED[1]!;
  const keyId = new Uint8Array([KEY_ID]);
  const none = new Uint8Array(0);
  const begun = instructions();
  const decryption = deviceDecryption([{ keyId: keyId, kind: 'A128KW', key: fromHex(row.secret) }]);
  const wrapped = fromHex(row.wrapped);
  const from = instructions();
  const length = decryption.unwrap(-3, keyId, none, none, wrapped, new Uint8Array(32));
  const taken = instructions() - from;
  open(decryption);
  boardLog(`unwrapped ${length === 32} ${taken} ${from - begun}`);
}

/** The machine of the image is not come to. */
function idle(): void {
  for (;;) boardFeed(0);
}

(globalThis as unknown as { decide: () => void }).decide = measure;
(globalThis as unknown as { main: () => void }).main = idle;
