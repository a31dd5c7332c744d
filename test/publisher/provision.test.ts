import { crc32 } from 'node:zlib';
import test from 'ava';
import { indexRead, pack, PublishError, slotImage, tailPlaces } from '../../publisher/index.ts';
import type { PackFormat } from '../../publisher/index.ts';
import { sampleImage, seededKey } from './_keys.ts';

const image = sampleImage(20_001);
const made = (format: PackFormat) =>
  pack({ image, vendor: 'example.com', classId: 'lamp', sequence: 1, keys: [seededKey(1)], format });

for (const unit of [1, 4, 8, 32]) {
  for (const eraseValue of [0xff, 0]) {
    test(`a slot with units of ${unit} and erased value ${eraseValue} is as docs/SPEC.md draws it`, (t) => {
      const { envelope, index = new Uint8Array(0) } = made('framed');
      const slotSize = 65536;
      const slot = slotImage({ image, envelope, slotSize, unit, eraseValue });
      const footerAt = slotSize - Math.max(32, unit);
      const view = new DataView(slot.buffer, footerAt, 32);
      t.is(Buffer.from(slot.subarray(footerAt, footerAt + 4)).toString(), 'FXT1');
      t.is(view.getUint32(4, true), envelope.length);
      t.is(view.getUint32(8, true), index.length);
      t.is(view.getUint32(12, true), image.length);
      t.is(view.getUint32(28, true), crc32(slot.subarray(footerAt, footerAt + 28)));
      const places = tailPlaces(slotSize, unit, index.length, envelope.length);
      t.is(places.envelopeAt % unit, 0);
      t.is(places.indexAt % unit, 0);
      t.deepEqual(slot.slice(places.envelopeAt, places.envelopeAt + envelope.length), envelope);
      t.deepEqual(slot.slice(places.indexAt, places.indexAt + index.length), index);
      t.deepEqual(slot.slice(0, image.length), image);
      t.true(slot.subarray(image.length, places.indexAt).every((byte) => byte === eraseValue));
    });
  }
}

for (const format of ['plain', 'framed'] as const) {
  test(`a ${format} image has an index in its tail`, (t) => {
    const { envelope } = made(format);
    const slot = slotImage({ image, envelope, slotSize: 65536 });
    const index = indexRead(slot.subarray(at(slot)));
    t.is(index.madeOnDevice, format === 'plain');
    t.is(index.imageSize, image.length);
  });
}

function at(slot: Uint8Array): number {
  const view = new DataView(slot.buffer, slot.length - 32);
  return tailPlaces(slot.length, 4, view.getUint32(8, true), view.getUint32(4, true)).indexAt;
}

test('an image that is not the one signed, or does not fit, is refused', (t) => {
  const { envelope } = made('framed');
  const other = sampleImage(20_001, 3);
  t.is(
    t.throws(() => slotImage({ image: other, envelope, slotSize: 65536 }), { instanceOf: PublishError })
      ?.field,
    'image',
  );
  const small = t.throws(() => slotImage({ image, envelope, slotSize: 20_480 }), {
    instanceOf: PublishError,
  });
  t.regex(small?.message ?? '', /larger slot/);
  const { index } = pack({ image: other, vendor: 'a.b', classId: 'c', sequence: 1, keys: [seededKey(1)] });
  const wrong = t.throws(() => slotImage({ image, envelope, index, slotSize: 65536 }), {
    instanceOf: PublishError,
  });
  t.is(wrong?.field, 'block index');
});
