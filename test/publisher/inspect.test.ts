import { crc32 } from 'node:zlib';
import test from 'ava';
import {
  describeJournal,
  journalFind,
  journalRead,
  pack,
  slotImage,
  slotRead,
  slotsFind,
  stateNewest,
} from '../../publisher/index.ts';
import { sampleImage, seededKey } from './_keys.ts';

const image = sampleImage(20_001);
const { envelope } = pack({
  image,
  vendor: 'example.com',
  classId: 'lamp',
  sequence: 1,
  keys: [seededKey(1)],
});

for (const unit of [1, 4, 8, 32]) {
  test(`a slot with units of ${unit} is read without knowing them`, (t) => {
    const slot = slotRead(slotImage({ image, envelope, slotSize: 65536, unit }));
    t.deepEqual(slot?.troubles, []);
    t.is(slot?.footer.imageSize, image.length);
    t.true(slot?.blocksHold.every(Boolean));
  });
}

test('a changed byte shows in its block', (t) => {
  const bytes = slotImage({ image, envelope, slotSize: 65536 });
  bytes[4097] = (bytes[4097] as number) ^ 1;
  const slot = slotRead(bytes);
  t.deepEqual(slot?.blocksHold, [true, false, true, true, true]);
  t.true((slot?.troubles.length ?? 0) > 0);
  bytes[bytes.length - 1] = 0;
  t.is(slotRead(bytes), undefined);
});

test('slots are found in a dump of a whole flash', (t) => {
  const flash = new Uint8Array(256 * 1024).fill(0xff);
  flash.set(slotImage({ image, envelope, slotSize: 65536 }), 0x4000);
  flash.set(slotImage({ image, envelope, slotSize: 0x12000 }), 0x20000);
  t.deepEqual(
    slotsFind(flash).map((one) => [one.from, one.to]),
    [
      [0x4000, 0x14000],
      [0x20000, 0x32000],
    ],
  );
});

const record = (type: number, sequence: number, payload: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(12 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = type;
  view.setUint16(2, payload.length, true);
  view.setUint32(4, sequence, true);
  bytes.set(payload, 8);
  view.setUint32(8 + payload.length, crc32(bytes.subarray(0, 8 + payload.length)), true);
  return bytes;
};

test('journal: the newest sector with a record after its state counts', (t) => {
  const journal = new Uint8Array(3 * 4096).fill(0xff);
  const put = (at: number, bytes: Uint8Array): void => journal.set(bytes, at);
  put(0, record(0xa1, 1, new Uint8Array(20)));
  put(32, record(0xa2, 2, new Uint8Array(0)));
  put(48, record(0xa2, 3, new Uint8Array(0)));
  put(4096, record(0xa1, 4, new Uint8Array(24)));
  put(4096 + 40, record(0xa3, 5, Uint8Array.of(1, 0, 0, 0, 0, 16, 0, 0, 0, 32, 0, 0)));
  const sectors = journalRead(journal, 4096);
  t.deepEqual(
    sectors.map((sector) => sector.records.map((one) => [one.sequence, one.sealed])),
    [
      [
        [1, true],
        [2, false],
        [3, false],
      ],
      [
        [4, false],
        [5, false],
      ],
      [],
    ],
  );
  t.is(stateNewest(sectors)?.sequence, 4);
  t.deepEqual(journalFind(journal), { from: 0, to: 8192 });
  const { text } = describeJournal(sectors);
  t.regex(text, /slot B, 0x1000, 8192 bytes/);
  put(4096 + 40, new Uint8Array(24).fill(0xff));
  t.is(stateNewest(journalRead(journal, 4096))?.sequence, 1);
});

test('a journal record with a changed byte is none', (t) => {
  const good = record(0xa1, 1, new Uint8Array(20).fill(7));
  for (let at = 0; at < good.length; at++) {
    const bad = good.slice();
    bad[at] = (bad[at] as number) ^ 4;
    t.is(journalRead(bad, 4096)[0]?.records.length, 0, `byte ${at}`);
  }
});
