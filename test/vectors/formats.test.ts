import { readFileSync } from 'node:fs';
import test from 'ava';
import { readU16, readU32 } from '../../agent/bytes.ts';
import * as Err from '../../agent/err.ts';
import { SIGNED_MAX, authenticate } from '../../agent/format/cose.ts';
import type { Anchor } from '../../agent/format/cose.ts';
import { envelopeLength, envelopeNew, envelopeRead } from '../../agent/format/envelope.ts';
import {
  HEADER_LENGTH,
  entryEncoding,
  entryFrameLength,
  entryWrite,
  headerCheck,
  headerWrite,
  indexEntryAt,
  indexLength,
  indexPages,
} from '../../agent/format/index.ts';
import { manifestNew, manifestRead } from '../../agent/format/manifest.ts';
import {
  PAYLOAD_AT,
  recordCheck,
  recordPayload,
  recordSequence,
  recordType,
} from '../../agent/format/record.ts';
import { STATE_LENGTH, stateNew, stateRead, stateWrite } from '../../agent/format/state.ts';
import { FOOTER_LENGTH, footerRead, footerWrite, tailNew } from '../../agent/format/tail.ts';
import { journalLoad, journalOpen, journalSealed } from '../../agent/journal.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import { indexRead, journalRead, slotRead, stateNewest, unframe } from '../../publisher/index.ts';
import { concat, sha256 } from '../../publisher/bytes.ts';
import { stateFields, stateFill } from './_journal-rows.ts';
import type { JournalRow } from './_journal-rows.ts';
import { hex } from './_row.ts';
import { noise } from './_samples.ts';
import type { EnvelopeRow, InstallFields, SlotRow } from './_envelope-rows.ts';
import { formatsJson, formatsPath } from './make-formats.ts';
import type { Formats } from './make-formats.ts';

const committed = readFileSync(formatsPath, 'utf8');
const rows = JSON.parse(committed) as Formats;
const bytes = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));
const crypto = nobleCrypto();

const anchors: Anchor[] = rows.keys.map(({ name, key, keyId }) => ({
  keyId: bytes(keyId),
  algorithm: name === 'ed25519' ? -19 : -9,
  key: bytes(key),
}));

/** The bytes flipped whose flip `takes` does not notice; each byte by each of its bits. */
function unnoticed(input: Uint8Array, takes: (flipped: Uint8Array) => boolean): number[] {
  const found: number[] = [];
  for (let bit = 0; bit < 8 * input.length; bit++) {
    const flipped = input.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    if (takes(flipped)) found.push(bit);
  }
  return found;
}

test('the script makes exactly the committed file', (t) => {
  t.true(formatsJson() === committed, 'node dist/test/vectors/make-formats.js; then look at what changed');
});

test('the images are what the file says', (t) => {
  for (const { size, digest } of rows.images) t.is(hex(sha256(noise(size))), digest, `${size}`);
});

function installRead(input: Uint8Array, row: EnvelopeRow, slot: number): InstallFields {
  const envelope = envelopeNew();
  const manifest = manifestNew();
  const target = {
    vendor: bytes(rows.vendor),
    classId: bytes(rows.classId),
    device: row.device ? bytes(row.device) : undefined,
    component: bytes('814100'),
    slot,
    now: -1,
  };
  const hash = crypto.sha256();
  const scratch = new Uint8Array(SIGNED_MAX);
  let code = envelopeRead(envelope, input, 0, input.length);
  if (code === 0) code = authenticate(envelope, crypto, hash, anchors, row.signatures.length, scratch);
  if (code === 0) code = manifestRead(manifest, envelope, target, hash);
  if (code < 0) throw new Error(`${row.name}: ${code}`);
  const part = (from: number, to: number): Uint8Array => input.subarray(from, to);
  const said = {
    manifestDigest: hex(manifest.manifestDigest),
    sequence: manifest.sequence,
    securityVersion: manifest.securityVersion,
    minimumSecurityVersion: manifest.minimumSecurityVersion,
    expiry: manifest.expiry,
    priority: manifest.priority,
  };
  for (const [name, value] of Object.entries(said)) {
    const expected = row[name as keyof EnvelopeRow];
    if (value !== expected) throw new Error(`${row.name}: ${name} ${value} instead of ${String(expected)}`);
  }
  return {
    slot,
    image: manifest.imageSize,
    imageDigest: hex(manifest.imageDigest),
    format: manifest.format,
    root: manifest.format === 1 ? hex(manifest.indexRoot) : '',
    payloadSize: manifest.payloadSize,
    uri: Buffer.from(part(manifest.uriFrom, manifest.uriTo)).toString(),
    integrated: hex(part(manifest.integratedFrom, manifest.integratedTo)),
  };
}

for (const row of rows.envelopes) {
  test(`envelope, ${row.name}: the agent takes from it what stands beside it`, (t) => {
    const input = bytes(row.bytes);
    t.is(envelopeLength(input, input.length), input.length);
    t.deepEqual(
      [0, 1].map((slot) => installRead(input, row, slot)),
      [...row.install],
    );
    // The signatures stand in the envelope as the row has them, key id and all.
    for (const { signature, keyId, algorithm } of row.signatures) {
      const header = `a${keyId ? 2 : 1}01${algorithm === -19 ? '32' : '28'}${keyId ? `0448${keyId}` : ''}`;
      t.true(row.bytes.includes(`${header}a0f65840${signature}`));
    }
  });

  test(`envelope, ${row.name}: not with a signature or the manifest changed`, (t) => {
    const input = bytes(row.bytes);
    for (const { signature } of row.signatures) {
      const at = row.bytes.indexOf(signature) / 2;
      const wrong = input.slice();
      wrong[at]! ^= 1;
      t.throws(() => installRead(wrong, row, 0), { message: `${row.name}: ${Err.SignatureWrong}` });
    }
    const at = row.bytes.indexOf(row.install[0]!.imageDigest) / 2;
    const wrong = input.slice();
    wrong[at]! ^= 1;
    t.throws(() => installRead(wrong, row, 0), { message: `${row.name}: ${Err.ManifestDigest}` });
  });
}

for (const row of rows.indexes) {
  test(`block index, ${row.name}: the agent counts as it does`, (t) => {
    t.is(indexPages(row.blocks), row.pages);
    t.is(indexLength(row.blocks), row.length);
    const header = new Uint8Array(HEADER_LENGTH);
    headerWrite(header, row.image, row.flags);
    t.is(headerCheck(header, row.image), row.flags === 0 ? 0 : Err.IndexMalformed);
    if (row.bytes === undefined) return;
    const index = bytes(row.bytes);
    t.is(index.length, row.length);
    t.is(hex(sha256(index)), row.digest);
    t.is(hex(index.subarray(0, HEADER_LENGTH)), hex(header));
    t.is(hex(sha256(index.subarray(0, indexEntryAt(row.blocks, 0)))), row.root);
    t.is(hex(indexRead(index).root), row.root);
  });
}

test('block index: no flip in a header is taken', (t) => {
  for (const { bytes: digits, image, flags } of rows.indexes) {
    if (digits === undefined || flags !== 0) continue;
    const header = bytes(digits).subarray(0, HEADER_LENGTH);
    t.is(headerCheck(header, image), 0);
    t.deepEqual(
      unnoticed(header, (flipped) => headerCheck(flipped, image) === 0),
      [],
    );
  }
});

for (const row of rows.payloads) {
  test(`framed payload, ${row.name}: index and frames give the image`, (t) => {
    const image = noise(row.image);
    const index = bytes(rows.indexes.find(({ name }) => name === row.name)!.bytes!);
    const blocks = row.frames.length;
    row.frames.forEach((frame, block) => {
      const at = indexEntryAt(blocks, block);
      const entry = index.slice(at, at + 18);
      t.is(hex(entry.subarray(0, 16)), frame.digest);
      t.is(entryEncoding(entry), frame.encoding);
      t.is(entryFrameLength(entry), frame.length);
      const again = entry.slice();
      again.fill(0, 16);
      entryWrite(again, 0, frame.encoding, frame.length);
      t.deepEqual(again, entry);
    });
    const frames = row.frames.map(({ bytes: digits, encoding }, block) =>
      encoding === 0 ? image.subarray(block * 4096, (block + 1) * 4096) : bytes(digits),
    );
    const payload = concat([index, ...frames]);
    t.is(payload.length, row.length);
    t.is(hex(sha256(payload)), row.digest);
    t.deepEqual(unframe(payload), image);
  });
}

function slotOf(row: SlotRow): Uint8Array {
  const slot = new Uint8Array(row.slotSize).fill(row.erased);
  slot.set(noise(row.image));
  slot.set(bytes(row.tail), row.indexAt);
  return slot;
}

for (const row of rows.slots) {
  test(`slot, ${row.name}: the footer leads to envelope and index`, (t) => {
    const slot = slotOf(row);
    const footer = slot.slice(row.footerAt, row.footerAt + FOOTER_LENGTH);
    const tail = tailNew();
    t.is(footerRead(tail, footer, row.slotSize, row.unit), 0);
    t.like(tail, {
      imageSize: row.image,
      indexLength: row.indexLength,
      envelopeLength: row.envelopeLength,
      indexAt: row.indexAt,
      envelopeAt: row.envelopeAt,
      footerAt: row.footerAt,
    });
    const again = new Uint8Array(FOOTER_LENGTH);
    footerWrite(tail, again);
    t.deepEqual(again, footer);
    const envelope = slot.subarray(row.envelopeAt, row.envelopeAt + row.envelopeLength);
    t.is(hex(envelope), rows.envelopes.find(({ name }) => name === row.envelope)!.bytes);
    const gaps = [
      slot.subarray(row.indexAt + row.indexLength, row.envelopeAt),
      slot.subarray(row.envelopeAt + row.envelopeLength, row.footerAt),
      slot.subarray(row.footerAt + FOOTER_LENGTH),
    ];
    t.true(gaps.every((gap) => gap.every((byte) => byte === row.erased)));
    t.deepEqual(slotRead(slot)?.troubles, []);
    t.deepEqual(
      unnoticed(footer, (flipped) => footerRead(tail, flipped, row.slotSize, row.unit) === 0),
      [],
    );
  });
}

for (const row of rows.records) {
  test(`record, ${row.name}: read, written again, and refused with any bit flipped`, (t) => {
    const input = bytes(row.bytes);
    t.is(recordCheck(input, 0, input.length), input.length);
    t.is(recordType(input, 0), row.type);
    t.is(recordSequence(input, 0), row.sequence);
    const payload = recordPayload(input, 0);
    if (row.state) {
      const state = stateNew();
      t.is(stateRead(state, input, PAYLOAD_AT, payload), 0);
      t.deepEqual(stateFields(state), row.state);
      const made = stateNew();
      stateFill(made, row.state);
      const again = new Uint8Array(STATE_LENGTH);
      stateWrite(made, again, 0);
      t.deepEqual(again, input.slice(PAYLOAD_AT, PAYLOAD_AT + payload));
    } else if (row.range) {
      t.is(payload, 12);
      t.is(readU32(input, PAYLOAD_AT), row.range.slot);
      t.is(readU32(input, PAYLOAD_AT + 4), row.range.offset);
      t.is(readU32(input, PAYLOAD_AT + 8), row.range.length);
    } else t.is(readU16(input, 2), 0);
    t.deepEqual(
      unnoticed(input, (flipped) => recordCheck(flipped, 0, flipped.length) > 0),
      [],
    );
    for (let have = 0; have < input.length; have++) t.is(recordCheck(input, 0, have), 0);
  });
}

function flashOf(row: JournalRow): NorFlash {
  const content = new Uint8Array(row.sectors.length * row.sectorLength).fill(row.erased);
  row.sectors.forEach((digits, sector) => content.set(bytes(digits), sector * row.sectorLength));
  return new NorFlash({
    sectors: row.sectors.map(() => row.sectorLength),
    writeAlign: row.unit,
    eraseValue: row.erased === 0 ? 0 : 0xff,
    bytes: content,
  });
}

for (const row of rows.journals) {
  test(`journal, ${row.name}: loads to the state that counts`, (t) => {
    const flash = flashOf(row);
    const journal = journalOpen(flash.port(), undefined);
    t.is(journalLoad(journal), 0);
    t.deepEqual(stateFields(journal.state), row.state);
    t.is(journal.seals, row.seals);
    t.is(journal.sequence, row.sequence);
    t.true(journalSealed(journal));
    const newest = stateNewest(journalRead(flash.bytes, row.sectorLength))!;
    t.true(newest.sealed);
    t.is(newest.payload.length, STATE_LENGTH);
  });
}

test('journal: with a seal too few a state is not sealed; it counts where there is no other', (t) => {
  const row = rows.journals[0]!;
  const [seal] = rows.records.filter(({ name }) => name === 'seal').map(({ bytes: digits }) => digits.length);
  const stateEnd = 2 * (PAYLOAD_AT + STATE_LENGTH + 4);
  const cut = (to: number): JournalRow => ({ ...row, sectors: [row.sectors[0]!.slice(0, to)] });
  for (const seals of [2, 1, 0]) {
    const { sectors } = cut(stateEnd + seals * seal!);
    const journal = journalOpen(flashOf({ ...row, sectors: [...sectors, '', ''] }).port(), undefined);
    t.is(journalLoad(journal), 0);
    t.is(journalSealed(journal), seals === 2);
  }
});
