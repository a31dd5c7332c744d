/** Makes formats.json anew: `node dist/test/vectors/make-formats.js`. The same bytes every time. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../../publisher/bytes.ts';
import { envelopeRows, indexRows, payloadRows, slotRows } from './_envelope-rows.ts';
import type { EnvelopeRow, IndexRow, PayloadRow, SlotRow } from './_envelope-rows.ts';
import { journalRows, recordRows } from './_journal-rows.ts';
import type { JournalRow, RecordRow } from './_journal-rows.ts';
import { hex } from './_row.ts';
import { CLASS, RULE, SEEDS, SIZES, VENDOR, keyNamed, noise, seedOf } from './_samples.ts';
import type { KeyName } from './_samples.ts';

export interface KeyRow {
  readonly name: KeyName;
  /** Ed25519: the seed of RFC 8032; P-256: the scalar; HSS/LMS: the seed, whose SHA-256 starts with I, and H5 W4. */
  readonly secret: string;
  readonly key: string;
  readonly keyId: string;
}

export interface ImageRow {
  readonly rule: 'noise';
  readonly size: number;
  readonly digest: string;
}

/** All bytes as hex. */
export interface Formats {
  readonly rule: string;
  readonly vendor: string;
  readonly classId: string;
  readonly images: readonly ImageRow[];
  readonly keys: readonly KeyRow[];
  readonly envelopes: readonly EnvelopeRow[];
  readonly indexes: readonly IndexRow[];
  readonly payloads: readonly PayloadRow[];
  readonly slots: readonly SlotRow[];
  readonly records: readonly RecordRow[];
  readonly journals: readonly JournalRow[];
}

export function formats(): Formats {
  return {
    rule: RULE,
    vendor: hex(VENDOR),
    classId: hex(CLASS),
    images: SIZES.map((size) => ({ rule: 'noise', size, digest: hex(sha256(noise(size))) })),
    keys: (Object.keys(SEEDS) as KeyName[]).map((name) => {
      const known = keyNamed(name);
      return { name, secret: hex(seedOf(name)), key: hex(known.key), keyId: hex(known.keyId) };
    }),
    envelopes: envelopeRows(),
    indexes: indexRows(),
    payloads: payloadRows(),
    slots: slotRows(),
    records: recordRows(),
    journals: journalRows(),
  };
}

export const formatsPath: string = fileURLToPath(
  new URL('../../../test/vectors/formats.json', import.meta.url),
);

/** A line for each row, so that a change shows where it is. */
export const formatsJson = (): string =>
  '{\n' +
  Object.entries(formats())
    .map(([name, value]) => {
      const rows = Array.isArray(value)
        ? `[\n${value.map((row) => JSON.stringify(row)).join(',\n')}\n]`
        : JSON.stringify(value);
      return `${JSON.stringify(name)}: ${rows}`;
    })
    .join(',\n') +
  '\n}\n';

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(formatsPath, formatsJson());
