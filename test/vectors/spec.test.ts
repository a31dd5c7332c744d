import { readFileSync } from 'node:fs';
import test from 'ava';
import { ANCHORS_MAX, SIGNED_MAX } from '../../agent/format/cose.ts';
import {
  BLOCK,
  ENTRY_LENGTH,
  HEADER_LENGTH,
  MADE_HERE,
  PAGE_ENTRIES,
  PAGE_LENGTH,
  SHORT_DIGEST,
} from '../../agent/format/index.ts';
import { ENVELOPE_MAX } from '../../agent/format/labels.ts';
import { PAYLOAD_AT, PAYLOAD_MAX, RECORD_MIN, RecordType } from '../../agent/format/record.ts';
import { STATE_LENGTH } from '../../agent/format/layout.ts';
import { FOOTER_LENGTH } from '../../agent/format/tail.ts';
import {
  BlockLength,
  EntriesPerPage,
  EnvelopeCap,
  FooterLength,
  RecordType as Read,
} from '../../publisher/index.ts';
import { hssSignatureLength } from '../../publisher/lms/parameters.ts';
import type { DigestLength, Height, Width } from '../../publisher/lms/parameters.ts';
import { bytes, rows } from './_committed.ts';
import { KNOWN } from './_journal-rows.ts';
import { stateLayout } from './_state-layout.ts';
import type { FieldPlace } from './_state-layout.ts';

const spec = readFileSync('docs/SPEC.md', 'utf8');
const section = (title: string): string => {
  const [, after] = spec.split(`\n${title}\n`);
  return after!.split(/\n##+ /)[0]!;
};

/** The rows of section 4.1. */
const table: FieldPlace[] = [...section('### 4.1 State').matchAll(/^\| (\d+) \| (\d+) \| (\w+) \|/gm)].map(
  ([, offset, length, name]) => ({ offset: Number(offset), length: Number(length), name: name! }),
);

test('the table of the state is what the code lays out', (t) => {
  t.deepEqual(table, stateLayout());
  let next = 0;
  for (const { offset, length, name } of table) {
    t.is(offset, next, name);
    next += length;
  }
  t.is(next, STATE_LENGTH);
});

test('the table of the state reads the vector', (t) => {
  const record = bytes(rows.records.find(({ name }) => name === 'state, known fields')!.bytes);
  const payload = record.subarray(8, record.length - 4);
  for (const { offset, length, name } of table) {
    const field = Buffer.from(payload.subarray(offset, offset + length));
    const expected = name === 'version' ? 2 : KNOWN[name]!;
    if (typeof expected === 'string') t.is(field.toString('hex'), expected, name);
    else t.is(BigInt('0x' + field.reverse().toString('hex')), BigInt(expected), name);
  }
});

/** What stands in front of a number of the text and behind it, and the number in the code. */
const NUMBERS: readonly (readonly [before: string, number: number, after: string])[] = [
  ['strict profile. At most ', ENVELOPE_MAX, ' bytes'],
  ['strict profile. At most ', EnvelopeCap, ' bytes'],
  // Array head and "Signature1", an empty and a long byte string head, the digest array.
  ['protected header is at most ', SIGNED_MAX - 12 - 3 - 36, ' bytes'],
  ['A device has at most ', ANCHORS_MAX, ' anchors'],
  ['largest program unit, ', HEADER_LENGTH, ' bytes'],
  ['|  ', HEADER_LENGTH, '    | 32 each'],
  ['| <= ', PAGE_LENGTH, '   |'],
  ['page        up to ', PAGE_ENTRIES, ' entries'],
  ['page        up to ', EntriesPerPage, ' entries'],
  ['entries (', PAGE_LENGTH, ' bytes)'],
  ['(flags bit ', Math.log2(MADE_HERE), ': made on the device'],
  ['digest: the first ', SHORT_DIGEST, ' bytes'],
  ['of SHA-256 over the block   ', ENTRY_LENGTH - 2, ' frame u16'],
  ['A block is ', BLOCK, ' bytes of image'],
  ['A block is ', BlockLength, ' bytes of image'],
  ['pages = ceil(blocks / ', PAGE_ENTRIES, ')'],
  ['+ 32 pages + ', ENTRY_LENGTH, ' blocks'],
  ['slot end - up(', FOOTER_LENGTH, ')'],
  ['slot end - up(', FooterLength, ')'],
  ['crc32 u32 over 0..', FOOTER_LENGTH - 5, '\n'],
  ['sequence u32   ', PAYLOAD_AT, ' payload'],
  ['payload   ', RECORD_MIN - 4, '+n crc32'],
  ['A payload is at most ', PAYLOAD_MAX, ' bytes'],
  ['### 4.1 State\n\n', STATE_LENGTH, ' bytes'],
];

NUMBERS.forEach(([before, number, after], row) => {
  test(`${row}: ${before.trim()} ${number}${after.trimEnd()}`, (t) =>
    t.true(spec.includes(before + number + after)));
});

/** `n = 32, W8 | 1296 | ...` under a head of heights; in italics what does not fit beside a manifest. */
test('the table of HSS/LMS signatures is what they take', (t) => {
  const cells = (line: string): string[] => line.split('|').map((cell) => cell.trim());
  const lines = section('### 1.2 HSS/LMS').split('\n');
  const head = cells(lines.find((line) => line.startsWith('| | H5 | H10 | H15 | H20 | H25 | H5 H5'))!);
  const table = lines.filter((line) => /^\| n = \d+, W\d/.test(line)).map(cells);
  t.is(table.length, 4);
  // What flipside pack makes beside a signature, without texts.
  const beside = 272;
  for (const row of table) {
    const [, digest, width] = /n = (\d+), W(\d)/.exec(row[1]!)!.map(Number) as [number, DigestLength, Width];
    for (const [at, heights] of head.entries()) {
      if (!heights.startsWith('H')) continue;
      // The publisher makes no trees of 2^25 leaves; a device takes them.
      const levels = heights.split(' ').map((one) => ({ height: Number(one.slice(1)) as Height, width }));
      const length = hssSignatureLength({ digest, levels });
      const fits = length + beside <= EnvelopeCap;
      t.is(row[at], fits ? String(length) : `*${length}*`, `${row[1]}, ${heights}`);
    }
  }
});

test('the types of records', (t) => {
  const types = { State: 'state', Seal: 'seal', Name: 'name' } as const;
  for (const [name, word] of Object.entries(types) as [keyof typeof types, string][]) {
    t.true(spec.includes(`0x${RecordType[name].toString(16).toUpperCase()} ${word}`), word);
    t.is(Read[name], RecordType[name]);
  }
});
