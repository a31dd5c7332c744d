import test from 'ava';
import { Ok } from '../../agent/index.ts';
import { driveByRange, driveNow } from '../../hal/driver.ts';
import { benchOpen, install, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const BLOCK = 4096;
/** More blocks than are judged ahead, and an index of two pages in three sectors. */
const LENGTH = 300 * BLOCK + 1;
const old = firmware(1, LENGTH);
/** Right and copied blocks and those that are fetched, in turn, across the horizon. */
const image = firmware(2, LENGTH);
for (let block = 0; block < 300; block++) {
  if (block % 3 === 0 || (block > 240 && block < 270)) {
    const from = ((block * 7) % 300) * BLOCK;
    image.set(old.subarray(from, from + BLOCK), block * BLOCK);
  }
}
const update = release(image, 2);

for (const mode of ['range', 'stream'] as const) {
  test(`an image beyond the horizon, with copies, by ${mode}`, (t) => {
    const bench = benchOpen({ board: 'spi-nor', image: old });
    driveNow(
      driveByRange(bench.agent, update.envelope, { alive: (sent) => sent < 500_000 }),
      (offset, length) => update.payload.subarray(offset, offset + length),
    );
    bench.agent.cancel();
    t.is(offer(bench.agent, update, { mode, chunk: 4096 }), Ok);
    const { blocksFetched, blocksCopied, blocksKept } = bench.status();
    t.log({ blocksFetched, blocksCopied, blocksKept });
    t.true(blocksKept > 100);
    t.is(blocksFetched + blocksCopied + blocksKept, 301);
    t.is(install(bench, update), Ok);
    t.is(bench.decision.slot, 1);
    t.is(bench.flash.misuses(), 0);
  });
}

for (const length of [1, BLOCK, 2 * BLOCK]) {
  for (const format of ['framed', 'plain'] as const) {
    test(`${format} image of ${length} bytes`, (t) => {
      const bench = benchOpen({ board: 'stm32h7' });
      t.is(install(bench, release(firmware(2, length), 2, { format })), Ok);
      t.is(bench.decision.slot, 1);
      t.is(bench.flash.misuses(), 0);
    });
  }
}

for (const board of ['tiny-large-sectors', 'stm32f4', 'tiny'] as const) {
  for (const format of ['framed', 'plain'] as const) {
    test(`${format} image that fills the slot of ${board}`, (t) => {
      const { size } = benchOpen({ board }).flash.slots[1].partition.status();
      let taken = 0;
      for (let length = size - 3072; length > size - 16_000 && taken === 0; length -= 256) {
        const bench = benchOpen({ board });
        const code = install(bench, release(firmware(2, length), 2, { format }));
        if (code < 0) {
          t.is(code, -66);
          continue;
        }
        t.is(bench.decision.slot, 1);
        t.is(bench.flash.misuses(), 0);
        taken = length;
      }
      t.log(size - taken);
      t.true(taken > 0);
    });
  }
}
