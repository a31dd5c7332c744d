/** The model of the bootloader, against what its sources say of each state of otadata. */
import test from 'ava';
import {
  BLANK_ENTRY,
  decodeSelect,
  encodeSelect,
  espIdfBoot,
  selectCrc,
} from '../../bootloader-sim/esp-idf/index.ts';
import type { App, SelectEntry } from '../../bootloader-sim/esp-idf/index.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { ESP32, rulesOf } from './_board.ts';

const S = { new: 0, pending: 1, valid: 2, invalid: 3, aborted: 4, undefined: 0xffffffff, odd: 7 } as const;
type Name = keyof typeof S;

/** A sector: blank, or sequence and state; `!` behind the state: its crc is wrong. */
type Sector = 'blank' | readonly [number, Name | `${Name}!`];

const entryOf = (sector: Sector): SelectEntry => {
  if (sector === 'blank') return BLANK_ENTRY;
  const [sequence, written] = sector;
  const wrong = written.endsWith('!');
  const state = S[(wrong ? written.slice(0, -1) : written) as Name];
  return { sequence, label: BLANK_ENTRY.label, state, crc: wrong ? 1 : selectCrc(sequence) };
};

interface Row {
  readonly about: string;
  readonly before: readonly [Sector, Sector];
  readonly index: number;
  readonly after?: readonly [Sector, Sector];
  readonly factory?: boolean;
  readonly rollback?: boolean;
  /** Indices whose image does not load. */
  readonly bad?: readonly number[];
}

const ROWS: readonly Row[] = [
  {
    about: 'blank, no factory: ota_0, and it is written down',
    before: ['blank', 'blank'],
    index: 0,
    after: [[1, 'valid'], 'blank'],
  },
  {
    about: 'blank, no factory, ota_0 bad: ota_1, and it is written down',
    before: ['blank', 'blank'],
    index: 1,
    bad: [0],
    after: [[2, 'valid'], 'blank'],
  },
  { about: 'blank with factory', before: ['blank', 'blank'], index: -1, factory: true },
  {
    about: 'NEW becomes PENDING',
    before: [
      [1, 'valid'],
      [2, 'new'],
    ],
    index: 1,
    after: [
      [1, 'valid'],
      [2, 'pending'],
    ],
  },
  {
    about: 'PENDING becomes ABORTED',
    before: [
      [1, 'valid'],
      [2, 'pending'],
    ],
    index: 0,
    after: [
      [1, 'valid'],
      [2, 'aborted'],
    ],
  },
  {
    about: 'PENDING whose crc is wrong becomes ABORTED all the same',
    before: [
      [1, 'valid'],
      [2, 'pending!'],
    ],
    index: 0,
    after: [
      [1, 'valid'],
      [2, 'aborted!'],
    ],
  },
  {
    about: 'ABORTED is passed over',
    before: [
      [3, 'valid'],
      [4, 'aborted'],
    ],
    index: 0,
  },
  {
    about: 'INVALID is passed over',
    before: [
      [4, 'invalid'],
      [3, 'valid'],
    ],
    index: 0,
  },
  {
    about: 'the higher one',
    before: [
      [5, 'valid'],
      [4, 'valid'],
    ],
    index: 0,
  },
  {
    about: 'the first of two equal ones',
    before: [
      [2, 'valid'],
      [2, 'new'],
    ],
    index: 1,
  },
  {
    about: 'a state of no meaning boots',
    before: [
      [1, 'valid'],
      [2, 'odd'],
    ],
    index: 1,
  },
  {
    about: 'UNDEFINED boots',
    before: [
      [1, 'valid'],
      [2, 'undefined'],
    ],
    index: 1,
  },
  {
    about: 'wrong crc is passed over',
    before: [
      [1, 'valid'],
      [2, 'valid!'],
    ],
    index: 0,
  },
  { about: 'sequence 0 means slot 1', before: [[0, 'valid'], 'blank'], index: 1 },
  {
    about: 'both dead: ota_0, although it is the one that was aborted',
    before: [[1, 'pending'], 'blank'],
    index: 0,
    after: [[1, 'aborted'], 'blank'],
  },
  {
    about: 'both dead with factory',
    before: [[1, 'pending'], 'blank'],
    index: -1,
    factory: true,
    after: [[1, 'aborted'], 'blank'],
  },
  {
    about: 'no entry counts and one is torn: the first that loads, and nothing is written down',
    before: [[2, 'valid!'], 'blank'],
    index: 0,
  },
  { about: 'the same, ota_0 bad', before: [[2, 'valid!'], 'blank'], index: 1, bad: [0] },
  {
    about: 'the selected image does not load: down to ota_0',
    before: [
      [1, 'valid'],
      [2, 'valid'],
    ],
    index: 0,
    bad: [1],
  },
  {
    about: 'NEW whose image does not load has become PENDING',
    before: [
      [1, 'valid'],
      [2, 'new'],
    ],
    index: 0,
    bad: [1],
    after: [
      [1, 'valid'],
      [2, 'pending'],
    ],
  },
  {
    about: 'ota_0 does not load: factory comes before ota_1',
    before: [
      [3, 'valid'],
      [2, 'valid'],
    ],
    index: -1,
    factory: true,
    bad: [0],
  },
  {
    about: 'ota_0 does not load: ota_1, although it was rejected',
    before: [
      [3, 'valid'],
      [2, 'invalid'],
    ],
    index: 1,
    bad: [0],
  },
  {
    about: 'nothing loads',
    before: [
      [1, 'valid'],
      [2, 'valid'],
    ],
    index: -99,
    bad: [0, 1],
  },
  {
    about: 'without rollback NEW stays',
    before: [
      [1, 'valid'],
      [2, 'new'],
    ],
    index: 1,
    rollback: false,
  },
  {
    about: 'without rollback PENDING boots',
    before: [
      [1, 'valid'],
      [2, 'pending'],
    ],
    index: 1,
    rollback: false,
  },
];

const app = (offset: number): App => ({
  partition: new NorFlash({ sectors: [4096], writeAlign: 4, eraseValue: 0xff }),
  offset,
});

for (const { about, before, index, after, factory, rollback, bad = [] } of ROWS) {
  test(about, (t) => {
    const bytes = new Uint8Array(8192).fill(0xff);
    before.forEach((sector, at) => bytes.set(encodeSelect(entryOf(sector)), at * 4096));
    const otadata = new NorFlash({ sectors: [4096, 4096], writeAlign: 4, eraseValue: 0xff, bytes });
    const state = { otadata, ota: [app(0x20000), app(0x30000)], factory: factory ? app(0x10000) : undefined };
    const loads = (_: App, at: number): boolean => at !== -2 && !bad.includes(at);
    const options = { chip: rulesOf(ESP32), loads, rollback: rollback ?? true };
    t.is(espIdfBoot(state, options), index);
    const wanted = (after ?? before).map(entryOf);
    t.deepEqual(
      [decodeSelect(otadata.bytes.slice(0, 32)), decodeSelect(otadata.bytes.slice(4096, 4128))],
      wanted,
    );
    // A boot that changes nothing writes nothing.
    t.is(
      otadata.operations,
      2 * wanted.filter((entry, at) => entry.state !== entryOf(before[at]!).state).length,
    );
    t.is(otadata.misuses, 0);
  });
}
