import test from 'ava';
import fc from 'fast-check';
import { NO_SLOT } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import {
  BLOCK,
  ENTRY_LENGTH,
  HEADER_LENGTH,
  PAGE_ENTRIES,
  blockLength,
  entryEncoding,
  entryFrameLength,
  entryWrite,
  headerCheck,
  headerWrite,
  indexBlocks,
  indexEntryAt,
  indexHeadLength,
  indexLength,
  indexPages,
} from '../../agent/format/index.ts';
import {
  PAYLOAD_AT,
  PAYLOAD_MAX,
  RECORD_MAX,
  RECORD_MIN,
  RecordType,
  recordCheck,
  recordClose,
  recordLength,
  recordLikely,
  recordPayload,
  recordSequence,
  recordType,
} from '../../agent/format/record.ts';
import { CONFIRMED_AT, STATE_LENGTH } from '../../agent/format/layout.ts';
import { stateNew, stateRead, stateReset } from '../../agent/format/state.ts';
import type { State } from '../../agent/format/state.ts';
import { FOOTER_LENGTH, footerRead, footerWrite, tailNew, tailPlace } from '../../agent/format/tail.ts';
import { crc32, writeU32 } from '../../agent/bytes.ts';
import { STATE_NUMBERS, stateView } from '../../hal/node/state-view.ts';
import { footerWrite as publishedFooter, frame, indexRead, tailPlaces } from '../../publisher/index.ts';

const imageSize = fc.integer({ min: 1, max: 0x7fffffff });

// The block index.

test('lengths and places of the index follow from the image size', (t) => {
  fc.assert(
    fc.property(imageSize, (size) => {
      const blocks = indexBlocks(size);
      t.true((blocks - 1) * BLOCK < size && size <= blocks * BLOCK);
      t.is(indexPages(blocks), Math.ceil(blocks / PAGE_ENTRIES));
      t.is(indexHeadLength(blocks), HEADER_LENGTH + 32 * indexPages(blocks));
      t.is(indexEntryAt(blocks, 0), indexHeadLength(blocks));
      t.is(indexEntryAt(blocks, blocks), indexLength(blocks));
      t.is(blockLength(size, 0), Math.min(BLOCK, size));
      t.is((blocks - 1) * BLOCK + blockLength(size, blocks - 1), size);
    }),
  );
});

test('the agent and the publisher mean the same index', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 * BLOCK }), (size) => {
      const made = frame(new Uint8Array(size).fill(3));
      const read = indexRead(made.index);
      t.is(headerCheck(made.index, size), 0);
      t.is(made.index.length, indexLength(indexBlocks(size)));
      made.frames.forEach((one, block) => {
        const entry = made.index.subarray(indexEntryAt(read.blocks, block));
        t.is(entryFrameLength(entry, 0), one.length);
        t.is(entryEncoding(entry, 0), read.entries[block]!.encoding);
      });
    }),
    { numRuns: 20 },
  );
});

test('a header is that of one image size, and any bit makes it another', (t) => {
  fc.assert(
    fc.property(imageSize, fc.nat(8 * HEADER_LENGTH - 1), (size, bit) => {
      const header = new Uint8Array(HEADER_LENGTH).fill(0xff);
      headerWrite(header, size, 0);
      t.is(headerCheck(header, size), 0);
      t.is(headerCheck(header, size + 1), Err.IndexMalformed);
      header[bit >> 3]! ^= 1 << (bit & 7);
      t.is(headerCheck(header, size), Err.IndexMalformed);
    }),
  );
  t.is(headerCheck(new Uint8Array(0), 1), Err.IndexMalformed);
});

test('an entry keeps encoding and length', (t) => {
  fc.assert(
    fc.property(fc.nat(7), fc.nat(0x1fff), (encoding, length) => {
      const entry = new Uint8Array(ENTRY_LENGTH);
      entryWrite(entry, 0, encoding, length);
      t.is(entryEncoding(entry, 0), encoding);
      t.is(entryFrameLength(entry, 0), length);
    }),
  );
});

// The tail.

const unit = fc.constantFrom(1, 2, 4, 8, 16, 32);

test('a tail is placed without overlap, on units, where the publisher puts it', (t) => {
  fc.assert(
    fc.property(
      unit,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 4096 }),
      fc.integer({ min: 1, max: 300_000 }),
      (align, sectors, envelopeLength, size) => {
        const slot = sectors * 4096;
        const tail = {
          ...tailNew(),
          imageSize: size,
          envelopeLength,
          indexLength: indexLength(indexBlocks(size)),
        };
        const code = tailPlace(tail, slot, align);
        t.like(tail, tailPlaces(slot, align, tail.indexLength, envelopeLength));
        t.is(Math.abs(tail.indexAt % align), 0);
        t.is(Math.abs(tail.envelopeAt % align), 0);
        t.is(Math.abs(tail.footerAt % align), 0);
        t.true(tail.indexAt + tail.indexLength <= tail.envelopeAt);
        t.true(tail.envelopeAt + envelopeLength <= tail.footerAt);
        t.true(tail.footerAt + FOOTER_LENGTH <= slot);
        t.is(code, Math.ceil(size / align) * align <= tail.indexAt ? 0 : Err.ImageTooLarge);
        if (code !== 0) return;
        const footer = new Uint8Array(FOOTER_LENGTH).fill(0xff);
        footerWrite(tail, footer);
        t.deepEqual(footer, publishedFooter(envelopeLength, tail.indexLength, size));
        const read = tailNew();
        t.is(footerRead(read, footer, slot, align), 0);
        t.deepEqual(read, tail);
      },
    ),
  );
});

test('a footer with any bit changed is none', (t) => {
  const footer = publishedFooter(400, 100, 9000);
  for (let bit = 0; bit < 8 * FOOTER_LENGTH; bit++) {
    footer[bit >> 3]! ^= 1 << (bit & 7);
    t.is(footerRead(tailNew(), footer, 65536, 4), bit < 32 ? Err.TailMissing : Err.TailMalformed);
    footer[bit >> 3]! ^= 1 << (bit & 7);
  }
  for (const fill of [0, 0xff]) {
    t.is(footerRead(tailNew(), new Uint8Array(FOOTER_LENGTH).fill(fill), 65536, 4), Err.TailMissing);
  }
});

test('a footer whose lengths lie is refused, or stays inside the slot', (t) => {
  const lengths = fc.oneof(
    fc.nat(70_000),
    fc.constantFrom(0, 4096, 4097, 65536, 65537, 0x7fffffff, 0xffffffff),
  );
  fc.assert(
    fc.property(lengths, lengths, lengths, (envelope, index, size) => {
      const footer = publishedFooter(envelope, index, size);
      const tail = tailNew();
      const code = footerRead(tail, footer, 65536, 4);
      if (code !== 0) {
        t.is(code, Err.TailMalformed);
        return;
      }
      t.true(tail.envelopeLength >= 1 && tail.envelopeLength <= 4096);
      t.true(
        tail.imageSize <= tail.indexAt && tail.indexAt <= tail.envelopeAt && tail.envelopeAt <= tail.footerAt,
      );
      t.true(tail.indexAt >= 0);
    }),
    { numRuns: 500 },
  );
});

// Records of the journal.

const types = fc.constantFrom(...Object.values(RecordType));
const payloads = fc.uint8Array({ maxLength: PAYLOAD_MAX });

test('a record comes back as it was written, wherever it stands', (t) => {
  fc.assert(
    fc.property(types, payloads, fc.nat(0xffffffff), (type, payload, sequence) => {
      const bytes = new Uint8Array(RECORD_MAX);
      bytes.set(payload, PAYLOAD_AT);
      const length = recordClose(bytes, type, sequence, payload.length);
      t.is(length, recordLength(payload.length));
      t.true(recordLikely(bytes, 0));
      t.is(recordCheck(bytes, 0, length), length);
      t.is(recordType(bytes, 0), type);
      t.is(recordPayload(bytes, 0), payload.length);
      t.is(recordSequence(bytes, 0), sequence);
      t.deepEqual(bytes.subarray(PAYLOAD_AT, PAYLOAD_AT + payload.length), payload);
      // One byte less of it, and there is none.
      t.is(recordCheck(bytes, 0, length - 1), 0);
    }),
  );
});

test('a record with any bit changed, or bits of the erased value in it, is none', (t) => {
  fc.assert(
    fc.property(types, payloads, fc.nat(), fc.nat(), (type, payload, where, mask) => {
      const bytes = new Uint8Array(RECORD_MAX);
      bytes.set(payload, PAYLOAD_AT);
      const length = recordClose(bytes, type, 7, payload.length);
      const at = where % length;
      bytes[at]! ^= (mask % 255) + 1;
      t.is(recordCheck(bytes, 0, length), 0);
    }),
    { numRuns: 500 },
  );
});

test('a record whose length lies is none', (t) => {
  for (const lie of [PAYLOAD_MAX + 1, 0x7fff, 0xffff]) {
    const bytes = new Uint8Array(RECORD_MAX);
    recordClose(bytes, RecordType.State, 1, 0);
    bytes[2] = lie & 255;
    bytes[3] = lie >> 8;
    writeU32(bytes, RECORD_MIN - 4, crc32(bytes, 0, RECORD_MIN - 4));
    t.is(recordCheck(bytes, 0, bytes.length), 0);
  }
  for (const have of [0, 1, RECORD_MIN - 1])
    t.is(recordCheck(new Uint8Array(RECORD_MAX).fill(0xa1), 0, have), 0);
});

// The boot state.

const stateOf = (seed: number): State => {
  const state = stateNew();
  let next = seed;
  const value = (most: number): number => {
    next = (next * 1664525 + 1013904223) >>> 0;
    return Math.floor((next / 2 ** 32) * (most + 1));
  };
  state.forEach((_, at) => {
    if (at >= CONFIRMED_AT) state[at] = value(255);
  });
  return state;
};

test('a number of each width comes back as it was set, and touches nothing beside it', (t) => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.constantFrom(...STATE_NUMBERS.keys()),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (seed, name, of) => {
        const state = stateOf(seed);
        const before = state.slice();
        const { at, width } = STATE_NUMBERS.get(name)!;
        const most = width === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * width) - 1;
        const value = Math.floor(of * most);
        stateView(state)[name] = value;
        t.is(stateView(state)[name], value);
        for (let i = 0; i < state.length; i++) if (i < at || i >= at + width) t.is(state[i], before[i]);
      },
    ),
  );
});

test('a state is read as it stands in its record', (t) => {
  t.true(STATE_NUMBERS.size > 30);
  fc.assert(
    fc.property(fc.nat(), fc.nat(20), (seed, at) => {
      const state = stateOf(seed);
      const bytes = new Uint8Array(STATE_LENGTH + 40).fill(0x5a);
      bytes.set(state, at);
      const read = stateNew();
      t.is(stateRead(read, bytes, at, STATE_LENGTH), 0);
      t.deepEqual(read, state);
      stateReset(read);
      t.deepEqual(read, stateNew());
    }),
  );
});

test('a state of another length or version is not read', (t) => {
  const bytes = new Uint8Array(STATE_LENGTH + 1);
  bytes.set(stateOf(1));
  for (const length of [0, 1, STATE_LENGTH - 1, STATE_LENGTH + 1, NaN, -1, undefined as unknown as number]) {
    t.is(stateRead(stateNew(), bytes, 0, length), Err.JournalLost);
  }
  bytes[0]! ^= 1;
  t.is(stateRead(stateNew(), bytes, 0, STATE_LENGTH), Err.JournalLost);
});

test('a new state knows nothing, and fits a record', (t) => {
  t.like(stateView(stateNew()), {
    confirmed: NO_SLOT,
    trial: NO_SLOT,
    nameSlot: NO_SLOT,
    accepted: 0,
    floor: 0,
    event: 0,
  });
  t.true(STATE_LENGTH <= PAYLOAD_MAX);
});
