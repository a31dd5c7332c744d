import test from 'ava';
import * as Err from '../../agent/err.ts';
import { authenticate, verifierNew } from '../../agent/format/cose.ts';
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
import { hssLms } from '../../agent/format/lms.ts';
import { manifestNew, manifestRead } from '../../agent/format/manifest.ts';
import { FOOTER_LENGTH, footerRead, footerWrite, tailNew } from '../../agent/format/tail.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import { coseAlgorithm, indexRead, slotRead, unframe } from '../../publisher/index.ts';
import { concat, sha256 } from '../../publisher/bytes.ts';
import { hex } from './_row.ts';
import { noise } from './_samples.ts';
import type { EnvelopeRow, InstallFields, SlotRow } from './_envelope-rows.ts';
import { bytes, committed, rows, unnoticed } from './_committed.ts';
import { formatsJson } from './make-formats.ts';

const crypto = nobleCrypto();

const anchors: Anchor[] = rows.keys.map(({ name, key, keyId }) => ({
  keyId: bytes(keyId),
  algorithm: coseAlgorithm[name],
  key: bytes(key),
}));

/** As CBOR. */
const ALGORITHMS: Readonly<Record<number, string>> = { [-19]: '32', [-9]: '28', [-46]: '382d' };

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
  const verifier = verifierNew(crypto, anchors, undefined, hssLms);
  let code = envelopeRead(envelope, input, 0, input.length);
  if (code === 0) code = authenticate(envelope, verifier, row.signatures.length);
  if (code === 0) code = manifestRead(manifest, envelope, target, verifier.hash);
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
      const header = `a${keyId ? 2 : 1}01${ALGORITHMS[algorithm]!}${keyId ? `0448${keyId}` : ''}`;
      const length = signature.length / 2;
      const head = length === 64 ? '5840' : `59${length.toString(16).padStart(4, '0')}`;
      t.true(row.bytes.includes(`${header}a0f6${head}${signature}`));
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
      t.is(entryEncoding(entry, 0), frame.encoding);
      t.is(entryFrameLength(entry, 0), frame.length);
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
