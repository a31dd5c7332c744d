import test from 'ava';
import fc from 'fast-check';
import {
  BlockLength,
  EntriesPerPage,
  frame,
  indexRead,
  PublishError,
  unframe,
} from '../../publisher/index.ts';
import { sameBytes } from '../_bytes.ts';
import { sampleImage } from './_keys.ts';

const lengths = [
  1,
  15,
  BlockLength - 1,
  BlockLength,
  BlockLength + 1,
  5 * BlockLength + 77,
  EntriesPerPage * BlockLength,
];

for (const length of lengths) {
  test(`an image of ${length} bytes comes back out of its frames`, (t) => {
    const image = sampleImage(length);
    const framed = frame(image);
    const index = indexRead(framed.payload);
    sameBytes(t, unframe(framed.payload), image);
    t.deepEqual(index.root, framed.root);
    t.is(index.imageSize, length);
    t.is(framed.index.length, 32 + 32 * index.pages + 18 * index.blocks);
    t.true(framed.frames.every((one) => one.length <= BlockLength));
  });
}

test('one block more than a page holds makes a second page', (t) => {
  const framed = frame(new Uint8Array(EntriesPerPage * BlockLength + 1));
  const index = indexRead(framed.payload);
  t.is(index.pages, 2);
  t.is(unframe(framed.payload).length, index.imageSize);
});

test('any image comes back', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 3 * BlockLength }), (image) => {
      sameBytes(t, unframe(frame(image).payload), image);
    }),
    { numRuns: 30 },
  );
});

test('a block like the one before is nearly free where the window reaches over both', (t) => {
  const one = sampleImage(BlockLength);
  const image = new Uint8Array(2 * BlockLength);
  image.set(one);
  image.set(one, BlockLength);
  const second = (window: number): number => (frame(image, undefined, window).frames[1] as Uint8Array).length;
  t.true(second(8192) < 64);
  t.true(second(4096) > 64);
});

test('a changed byte anywhere in a payload is found', (t) => {
  const { payload, index } = frame(sampleImage(3 * BlockLength));
  for (const at of [0, 5, 9, 13, 15, 20, 40, 80, index.length - 1, index.length + 3, payload.length - 1]) {
    const bad = payload.slice();
    bad[at] = (bad[at] as number) ^ 1;
    t.throws(() => unframe(bad), { instanceOf: PublishError }, `byte ${at}`);
  }
  t.throws(() => unframe(payload.subarray(0, payload.length - 1)), { instanceOf: PublishError });
  t.throws(() => unframe(new Uint8Array([...payload, 0])), { instanceOf: PublishError });
});
