import test from 'ava';
import { KEEP_MAX, flashKeep, retainedKeep } from '../../hal/keep/index.ts';
import type { CutPlan, NorFlash, Operation } from '../../hal/node/index.ts';
import { flashOf, geometries, titleOf } from '../journal/_journal.ts';

const bytesOf = (seed: number, length = 80): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + seed * 31) & 0xff);

/** A power cycle begins: what is kept, as hex; '' where nothing is. */
const kept = (flash: NorFlash): string => {
  flash.powerOn();
  const into = new Uint8Array(KEEP_MAX);
  const length = flashKeep(flash.port()).load(into);
  return Buffer.from(into.subarray(0, length)).toString('hex');
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

for (const geometry of geometries) {
  test(`kept over resets, over a sector's end, in lengths that change: ${titleOf(geometry)}`, (t) => {
    for (const sectors of [2, 3]) {
      const flash = flashOf(geometry, sectors);
      t.is(kept(flash), '');
      for (let boot = 0; boot < 5; boot++) {
        const keep = flashKeep(flash.port());
        for (let save = 0; save < 60; save++) {
          const bytes = bytesOf(boot * 60 + save, (save * 13) % (KEEP_MAX + 1));
          keep.save(bytes);
          const into = new Uint8Array(KEEP_MAX).fill(0xaa);
          t.is(keep.load(into), bytes.length);
          t.is(hex(into.subarray(0, bytes.length)), hex(bytes));
        }
        t.is(kept(flash), hex(bytesOf(boot * 60 + 59, (59 * 13) % (KEEP_MAX + 1))));
      }
      t.is(flash.misuses, 0);
    }
  });
}

const cutsOf = (operation: number, { kind, units }: Operation): CutPlan[] => {
  const cuts: CutPlan[] = [
    { operation, where: 'before' },
    { operation, where: 'after' },
  ];
  if (kind === 'erase') {
    for (const erase of ['old', 'erased', 'mixed'] as const) cuts.push({ operation, where: 'inside', erase });
    return cuts;
  }
  for (let unit = 0; unit < units; unit++) {
    for (const torn of ['old', 'new', 'mixed'] as const) {
      cuts.push({ operation, where: 'inside', unit, torn, seed: unit + 1 });
    }
  }
  return cuts;
};

for (const geometry of geometries) {
  test(`cut anywhere: what was before, or what was to come; and the next save is kept: ${titleOf(geometry)}`, (t) => {
    let fired = 0;
    // How many saves the boot before the cut made, so that the cut one is the first, one of many, or one at a sector's end.
    for (const before of [0, 1, 2, Math.floor(geometry.sector / 96), Math.floor(geometry.sector / 96) + 1]) {
      for (const sameBoot of [true, false]) {
        const prepare = (): { flash: NorFlash; save: () => void } => {
          const flash = flashOf(geometry, 2);
          let keep = flashKeep(flash.port());
          for (let save = 0; save < before; save++) keep.save(bytesOf(save));
          if (!sameBoot) keep = flashKeep(flash.port());
          return { flash, save: () => void keep.save(bytesOf(1000)) };
        };
        const operations: Operation[] = [];
        const whole = prepare();
        whole.flash.power.trace = (operation) => void operations.push(operation);
        whole.save();
        const old = before === 0 ? '' : hex(bytesOf(before - 1));
        operations.forEach((one, operation) => {
          for (const cut of cutsOf(operation, one)) {
            const { flash, save } = prepare();
            flash.power.cutAt(cut);
            t.notThrows(() => {
              try {
                save();
              } catch {
                // The power went.
              }
            });
            fired++;
            t.true(flash.power.cutFired, JSON.stringify(cut));
            // Cut after the last operation it is there; read anew at each boot, a torn place need not stay as it was.
            for (let boot = 0; boot < 3; boot++) {
              const found = kept(flash);
              t.true(
                found === old || found === hex(bytesOf(1000)),
                `${before} ${JSON.stringify(cut)} boot ${boot}: ${found}`,
              );
            }
            flashKeep(flash.port()).save(bytesOf(2000));
            t.is(kept(flash), hex(bytesOf(2000)));
            t.is(flash.misuses, 0);
          }
        });
      }
    }
    t.true(fired > 100);
  });
}

test('what cannot be kept throws, and what was kept stands', (t) => {
  const flash = flashOf(geometries[0]!, 2);
  const keep = flashKeep(flash.port());
  keep.save(bytesOf(1));
  t.throws(() => keep.save(new Uint8Array(KEEP_MAX + 1)), { instanceOf: RangeError });
  t.is(kept(flash), hex(bytesOf(1)));
  const port = flash.port();
  for (const broken of ['write', 'eraseBlock'] as const) {
    const partition = {
      read: port.partition.read.bind(port.partition),
      write: port.partition.write.bind(port.partition),
      eraseBlock: port.partition.eraseBlock.bind(port.partition),
      status: () => port.partition.status(),
    };
    partition[broken] = () => {
      throw new Error('worn out');
    };
    const worn = flashKeep({ ...port, partition });
    t.throws(() => worn.save(bytesOf(2)), { instanceOf: RangeError });
    const into = new Uint8Array(80);
    t.is(worn.load(into), 80);
    t.is(hex(into), hex(bytesOf(1)));
  }
  t.throws(() => flashKeep(flashOf(geometries[0]!, 1).port()), { instanceOf: RangeError });
});

test('a program that fails with the power on: the next save does not go over what it left', (t) => {
  const flash = flashOf(geometries[0]!, 2);
  const port = flash.port();
  let fails = false;
  const partition = {
    read: port.partition.read.bind(port.partition),
    write: (bytes: Uint8Array, offset: number) => {
      port.partition.write(bytes.subarray(0, fails ? 8 : bytes.length), offset);
      if (fails) throw new Error('low supply');
    },
    eraseBlock: port.partition.eraseBlock.bind(port.partition),
    status: () => port.partition.status(),
  };
  const keep = flashKeep({ ...port, partition });
  keep.save(bytesOf(1));
  keep.save(bytesOf(2));
  fails = true;
  t.throws(() => keep.save(bytesOf(3)));
  fails = false;
  t.is(keep.load(new Uint8Array(80)), 80);
  keep.save(bytesOf(4));
  t.is(flash.misuses, 0);
  t.is(kept(flash), hex(bytesOf(4)));
});

test('retained memory: what it holds, and no more than it holds', (t) => {
  const memory = new Uint8Array(16).fill(0x5a);
  const keep = retainedKeep(memory);
  const into = new Uint8Array(20);
  t.is(keep.load(into), 16);
  t.is(hex(into), '5a'.repeat(16) + '00'.repeat(4));
  keep.save(Uint8Array.of(1, 2, 3));
  t.is(hex(memory), '010203' + '5a'.repeat(13));
  t.is(keep.load(new Uint8Array(2)), 16);
  t.throws(() => keep.save(new Uint8Array(17)), { instanceOf: RangeError });
});
