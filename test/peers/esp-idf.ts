/**
 * ESP-IDF's bootloader itself: its C code, from the start of it to the choice of an app, built for this computer,
 * against bootloader-sim/esp-idf. Both boot the same drawn flash, with a flash operation cut or failed, must try the
 * same apps in the same order, and must leave the same bytes.
 *
 * No registry has that code. It is tried where FLIPSIDE_ESP_IDF_SOURCE names a clone of espressif/esp-idf, at the
 * commit that the model is of. FLIPSIDE_ESP_IDF_BOARD is the number of the one board to try.
 */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { INVALID_INDEX, espIdfBoot, loadTable, loads } from '../../bootloader-sim/esp-idf/index.ts';
import type { App } from '../../bootloader-sim/esp-idf/index.ts';
import { chipNamed } from '../../hal/esp-idf/index.ts';
import type { Chip } from '../../hal/esp-idf/index.ts';
import { PowerCut } from '../../hal/node/power.ts';
import type { FlashPartition } from '../../hal/ports.ts';
import { rulesOf } from '../esp-idf/_board.ts';
import { drawOf } from './_draw.ts';
import { SECTOR, drawBoard } from './_esp-idf-board.ts';
import { RAM } from './_esp-idf-image.ts';
import { withFolder } from './_folder.ts';
import type { Folder } from './_folder.ts';
import type { Peer, Scenario } from './_peer.ts';

const source = process.env['FLIPSIDE_ESP_IDF_SOURCE'];
const only = process.env['FLIPSIDE_ESP_IDF_BOARD'];
const script = join(process.cwd(), 'test/peers/esp-idf/build.sh');

/** Of each chip. */
const BOARDS = 3400;
/** For one run of the program. */
const BATCH = 50;
/** As main.c has it. */
const TRIED_MAX = 32;

/** As main.c tells it. */
const Ended = { Runs: 0, Reset: 1, Cut: 2 } as const;

/** What comes of a flash operation of a boot. */
interface Plan {
  readonly operation: number;
  readonly fails: boolean;
}

const UNDISTURBED: Plan = { operation: 0xffffffff, fails: false };

interface Boot {
  readonly about: string;
  readonly before: Uint8Array;
  readonly plan: Plan;
  readonly ended: number;
  /** Offsets of the apps whose images were judged. */
  readonly tried: readonly number[];
  readonly operations: number;
  readonly after: Uint8Array;
}

const modelBoot = (about: string, before: Uint8Array, plan: Plan, chip: Chip): Boot => {
  const after = Uint8Array.from(before);
  const tried: number[] = [];
  let operations = 0;
  const begin = (): void => {
    if (operations++ !== plan.operation) return;
    throw plan.fails ? new Error('the flash fails') : new PowerCut();
  };
  const flash: FlashPartition = {
    status: () => ({
      size: after.length,
      blocks: after.length / SECTOR,
      blockLength: SECTOR,
      writeAlign: 4,
      eraseValue: 0xff,
    }),
    read: (into, offset) => into.set(after.subarray(offset, offset + into.length)),
    write(bytes, offset) {
      begin();
      bytes.forEach((byte, at) => (after[offset + at]! &= byte));
    },
    eraseBlock(from, to = from + 1) {
      begin();
      after.fill(0xff, from * SECTOR, to * SECTOR);
    },
  };
  const judge = ({ partition, offset }: App): boolean => {
    tried.push(offset);
    const image = new Uint8Array(partition.status().size);
    partition.read(image, 0);
    return loads(image, rulesOf(chip), offset);
  };
  const boot = (): number => {
    try {
      const state = loadTable(flash);
      if (state === undefined) return Ended.Reset;
      const index = espIdfBoot(state, { chip: rulesOf(chip), loads: judge });
      return index === INVALID_INDEX ? Ended.Reset : Ended.Runs;
    } catch (error) {
      if (error instanceof PowerCut) return Ended.Cut;
      throw error;
    }
  };
  const ended = boot();
  return { about, before, plan, ended, tried, operations, after };
};

/** A boot and the two after it, up to one that changes nothing; and so with each flash operation cut, and failed. */
const bootsOf = (seed: number, chip: Chip): Boot[] => {
  const start = drawBoard(drawOf(seed), chip);
  const chain = (plan: Plan, told: string): Boot[] => {
    const first = modelBoot(`board ${seed}, ${told}`, start, plan, chip);
    const boots = [first];
    for (
      let last = first;
      boots.length < 3 && Buffer.compare(last.before, last.after) !== 0;
      boots.push(last)
    ) {
      last = modelBoot(`${first.about}, then boot ${boots.length}`, last.after, UNDISTURBED, chip);
    }
    return boots;
  };
  const whole = chain(UNDISTURBED, 'undisturbed');
  const disturbed = Array.from({ length: whole[0]!.operations }, (_, operation) => [
    ...chain({ operation, fails: false }, `operation ${operation} cut`),
    ...chain({ operation, fails: true }, `operation ${operation} failed`),
  ]);
  return [...whole, ...disturbed.flat()];
};

const orderOf = ({ before, plan }: Boot): Buffer => {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(before.length, 0);
  head.writeUInt32LE(plan.operation, 4);
  head.writeUInt32LE(plan.fails ? 1 : 0, 8);
  return Buffer.concat([head, before]);
};

/** Has the program boot the same, and asks for the same. */
const compare = (program: string, boots: readonly Boot[]): void => {
  const ran = spawnSync(program, { input: Buffer.concat(boots.map(orderOf)), maxBuffer: 2 ** 30 });
  assert.equal(ran.status, 0, `the program ends with ${ran.status}`);
  let at = 0;
  const word = (): number => ran.stdout.readUInt32LE((at += 4) - 4);
  for (const { about, ended, tried, after } of boots) {
    assert.equal(word(), ended, `${about}: how it ends`);
    const count = word();
    const offsets = Array.from({ length: TRIED_MAX }, word).slice(0, count);
    assert.deepEqual(offsets, tried, `${about}: which apps are tried`);
    const left = ran.stdout.subarray(at, (at += after.length));
    assert.equal(Buffer.compare(left, after), 0, `${about}: the flash differs`);
  }
};

const build = (folder: Folder, chip: string): string => {
  const out = folder.file('boot');
  const ran = spawnSync('bash', [script, source as string, out, chip], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return out;
};

/** Others for each chip. */
const boardsOf = ({ id }: Chip): number[] => Array.from({ length: BOARDS }, (_, nth) => id * BOARDS + nth);

const KINDS: Readonly<Record<string, (boot: Boot) => boolean>> = {
  'run an app': ({ ended }) => ended === Ended.Runs,
  reset: ({ ended }) => ended === Ended.Reset,
  'are cut': ({ ended }) => ended === Ended.Cut,
  'go on after a failure': ({ plan }) => plan.fails,
  'try several apps': ({ tried }) => tried.length > 1,
  'change otadata': ({ before, after }) => Buffer.compare(before, after) !== 0,
};

const scenario = (chip: Chip): Scenario => ({
  name: `${only === undefined ? `${BOARDS} drawn boards` : `drawn board ${only}`}, ${chip.name}`,
  run: () =>
    withFolder((folder) => {
      const program = build(folder, chip.name);
      const seeds = only === undefined ? boardsOf(chip) : [Number(only)];
      const counts: Record<string, number> = { boots: 0 };
      while (seeds.length > 0) {
        const boots = seeds.splice(0, BATCH).flatMap((seed) => bootsOf(seed, chip));
        compare(program, boots);
        counts['boots']! += boots.length;
        for (const [name, holds] of Object.entries(KINDS)) {
          counts[name] = (counts[name] ?? 0) + boots.filter(holds).length;
        }
      }
      return Object.entries(counts)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ');
    }),
});

export const espIdf: Peer | undefined =
  source === undefined
    ? undefined
    : {
        name: 'esp-idf',
        version: () => {
          const ran = spawnSync('git', ['-C', source, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
          return ran.status === 0 ? ran.stdout.trim() : 'source without a history';
        },
        scenarios: Object.keys(RAM).map((name) => scenario(chipNamed(name))),
      };
