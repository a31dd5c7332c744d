import { crc32 as zlib } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import {
  bytesCopy,
  bytesEqual,
  crc32,
  readU16,
  readU32,
  readU53,
  writeU16,
  writeU32,
  writeU53,
} from '../../agent/bytes.ts';

test('numbers come back, in little endian', (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = new Uint8Array(12);
      writeU53(bytes, 1, value);
      t.is(Buffer.from(bytes).readBigUInt64LE(1), BigInt(value));
      t.is(readU53(bytes, 1), value);
      writeU32(bytes, 3, value % 2 ** 32);
      t.is(Buffer.from(bytes).readUInt32LE(3), value % 2 ** 32);
      t.is(readU32(bytes, 3), value % 2 ** 32);
      writeU16(bytes, 5, value % 65536);
      t.is(readU16(bytes, 5), value % 65536);
    }),
  );
});

test('above 2^53-1 there is no number', (t) => {
  const bytes = new Uint8Array(8).fill(0xff);
  t.is(readU53(bytes, 0), -1);
  bytes.set([0, 0, 0, 0, 0, 0, 0x20, 0]);
  t.is(readU53(bytes, 0), -1);
});

test('crc32 is that of zlib', (t) => {
  t.is(crc32(new TextEncoder().encode('123456789'), 0, 9), 0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2 }), (bytes) => {
      t.is(crc32(bytes, 1, bytes.length - 1), zlib(bytes.subarray(1, bytes.length - 1)));
    }),
  );
});

test('equal means every byte, and none past the end', (t) => {
  const a = new Uint8Array([1, 2, 3]);
  t.true(bytesEqual(a, 1, new Uint8Array([2, 3]), 0, 2));
  t.false(bytesEqual(a, 0, new Uint8Array([1, 2, 4]), 0, 3));
  t.false(bytesEqual(a, 3, a, 3, 1));
  const copy = new Uint8Array(4);
  bytesCopy(a, 1, copy, 2, 2);
  t.deepEqual([...copy], [0, 0, 2, 3]);
});
