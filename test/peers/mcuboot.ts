/**
 * MCUboot itself: its C code, built for this computer, against bootloader-sim/mcuboot. Both boot the same two slots,
 * cut before the same operation, and must leave the same bytes.
 *
 * No registry has that code. It is tried where FLIPSIDE_MCUBOOT_SOURCE names a clone of mcu-tools/mcuboot, at the
 * commit that the model is of.
 */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mcubootBoot } from '../../bootloader-sim/mcuboot/index.ts';
import { PowerCut } from '../../hal/node/power.ts';
import { mcubootImage } from '../../publisher/index.ts';
import { boardOf, control, crypto, load, programmedAgain, save } from '../mcuboot/_rig.ts';
import type { Board, Geometry } from '../mcuboot/_rig.ts';
import { sampleImage } from '../publisher/_keys.ts';
import { withFolder } from './_folder.ts';
import type { Folder } from './_folder.ts';
import type { Peer, Scenario } from './_peer.ts';

const source = process.env['FLIPSIDE_MCUBOOT_SOURCE'];
const script = join(process.cwd(), 'test/peers/mcuboot/build.sh');

/** As main.c ends. */
const Ended = { Runs: 0, Refused: 1, Cut: 2, Asserted: 3 } as const;

const geometries: readonly Geometry[] = [
  { sector: 512, unit: 4, maxAlign: 8 },
  { sector: 2048, unit: 32, maxAlign: 32 },
];

/** Sectors of the old image and of the new one. */
const sizes: readonly (readonly [number, number])[] = [
  [3, 3],
  [2, 5],
  [5, 2],
  [1, 1],
  [1, 3],
  [3, 1],
  [6, 6],
];

const build = (folder: Folder, maxAlign: number): string => {
  const out = folder.file('boot');
  const ran = spawnSync('bash', [script, source as string, out, String(maxAlign)], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return out;
};

const imageOf = (seed: number, length: number): Uint8Array => {
  const made = (bytes: number): Uint8Array =>
    mcubootImage({ application: sampleImage(bytes, seed), version: `1.0.${seed}` });
  return made(length - (made(100).length - 100));
};

const modelBoot = (board: Board, cut: number): number => {
  board.power.powerOn();
  if (cut >= 0) board.power.cutAt({ operation: cut, where: 'before' });
  try {
    const { run, reason } = mcubootBoot(board.slots, crypto, []);
    if (run) return Ended.Runs;
    return reason.startsWith('assert') ? Ended.Asserted : Ended.Refused;
  } catch (error) {
    if (error instanceof PowerCut) return Ended.Cut;
    throw error;
  } finally {
    board.power.cancelCut();
  }
};

/** One boot by both. Returns how it ended. */
const bothBoot = (folder: Folder, program: string, board: Board, cut: number, geometry: Geometry): number => {
  const slots = [board.primary, board.secondary] as const;
  const files = [folder.file('primary'), folder.file('secondary')] as const;
  slots.forEach(({ bytes }, slot) => writeFileSync(files[slot]!, bytes));
  const numbers = [cut, geometry.sector, geometry.unit].map(String);
  const ran = spawnSync(program, [...files, ...numbers], { timeout: 10_000 });
  const told = `cut before operation ${cut}`;
  assert.equal(modelBoot(board, cut), ran.status, `${told}: the model ends otherwise`);
  slots.forEach(({ bytes, name }, slot) =>
    assert.equal(Buffer.compare(readFileSync(files[slot]!), bytes), 0, `${told}: ${name} differs`),
  );
  return ran.status as number;
};

/** A trial and its revert, or a swap for good and the boot after it: each cut at each operation, and then gone on with. */
const swapScenario = (geometry: Geometry, before: number, after: number, permanent: boolean): Scenario => ({
  name: `${before} sectors to ${after}, ${permanent ? 'for good' : 'trial and revert'}, alignment ${geometry.maxAlign}`,
  run: () =>
    withFolder((folder) => {
      const program = build(folder, geometry.maxAlign);
      const board = boardOf({}, programmedAgain, geometry);
      board.primary.write(imageOf(1, before * geometry.sector), 0);
      board.secondary.write(imageOf(2, after * geometry.sector), geometry.sector);
      assert.equal(control(board).request(1, permanent), 0);
      for (let boots = 0; boots < 2; boots++) {
        const start = save(board);
        for (let cut = 0; ; cut++) {
          load(board, start);
          if (bothBoot(folder, program, board, cut, geometry) !== Ended.Cut) break;
          bothBoot(folder, program, board, -1, geometry);
          bothBoot(folder, program, board, -1, geometry);
        }
        load(board, start);
        bothBoot(folder, program, board, -1, geometry);
      }
    }),
});

export const mcuboot: Peer | undefined =
  source === undefined
    ? undefined
    : {
        name: 'mcuboot',
        version: () => {
          const ran = spawnSync('git', ['-C', source, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
          return ran.status === 0 ? ran.stdout.trim() : 'source without a history';
        },
        scenarios: geometries.flatMap((geometry) =>
          sizes.flatMap(([before, after]) =>
            [false, true].map((permanent) => swapScenario(geometry, before, after, permanent)),
          ),
        ),
      };
