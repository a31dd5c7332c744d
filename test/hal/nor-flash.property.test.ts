import test from 'ava';
import fc from 'fast-check';
import type { CutPlan } from '../../hal/node/index.ts';
import { NorFlash, PowerCut } from '../../hal/node/index.ts';

const sectors = [256, 256, 512];
const size = 1024;

const geometry = fc.record({
  writeAlign: fc.constantFrom(1, 4, 8, 32),
  eraseValue: fc.constantFrom(0xff as const, 0x00 as const),
  pageSize: fc.constantFrom(undefined, 64, 256),
});

type Step =
  | { readonly kind: 'erase'; readonly from: number; readonly count: number }
  | { readonly kind: 'write'; readonly unit: number; readonly units: number; readonly seed: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('erase' as const), from: fc.nat(2), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant('write' as const),
    unit: fc.nat(1023),
    units: fc.integer({ min: 1, max: 200 }),
    seed: fc.nat(255),
  }),
);

const cut: fc.Arbitrary<CutPlan> = fc.record({
  operation: fc.nat(20),
  where: fc.constantFrom('before', 'inside', 'after'),
  unit: fc.nat(200),
  torn: fc.constantFrom('old', 'new', 'mixed'),
  erase: fc.constantFrom('old', 'erased', 'mixed'),
  seed: fc.nat(),
});

/** What may be read at each byte: one value, or anything. */
type Model = (number | 'any')[];

/** Does a step where it is allowed, on the flash and on the model. Returns the bytes that the step may change. */
const run = (flash: NorFlash, model: Model, unit: number, erased: number, one: Step): [number, number] => {
  if (one.kind === 'erase') {
    const to = Math.min(3, one.from + one.count);
    const starts = [0, 256, 512, 1024];
    const range: [number, number] = [starts[one.from]!, starts[to]!];
    model.fill('any', ...range);
    flash.eraseBlock(one.from, to);
    model.fill(erased, ...range);
    return range;
  }
  const from = (one.unit * unit) % size;
  const to = Math.min(size, from + one.units * unit);
  const wanted = Uint8Array.from({ length: to - from }, (_, at) => (one.seed + at * 29) & 0xff);
  model.fill('any', from, to);
  flash.write(wanted, from);
  wanted.forEach((byte, at) => (model[from + at] = byte));
  return [from, to];
};

const matches = (flash: NorFlash, model: Model): boolean =>
  model.every((wanted, at) => wanted === 'any' || wanted === flash.bytes[at]);

test('any steps, one cut anywhere: only the units or sectors of the call that was cut are in doubt', (t) => {
  let fired = 0;
  fc.assert(
    fc.property(geometry, fc.array(step, { maxLength: 12 }), cut, (shape, steps, plan) => {
      const { writeAlign: unit, eraseValue: erased } = shape;
      const flash = new NorFlash({ sectors, ...shape });
      const model: Model = Array.from({ length: size }, () => erased);
      flash.cutAt(plan);
      for (const one of steps) {
        const before = [...model];
        const { misuses } = flash;
        try {
          run(flash, model, unit, erased, one);
        } catch (error) {
          // A write into what is not erased is refused before anything happens.
          if (flash.misuses > misuses) model.splice(0, size, ...before);
          else if (!(error instanceof PowerCut)) throw error;
        }
        if (!flash.powered) break;
      }
      if (flash.cutFired) fired++;
      return matches(flash, model);
    }),
    { numRuns: 300 },
  );
  t.true(fired > 50);
});

test('save and load, and a dry run of the same steps, give the same flash', (t) => {
  fc.assert(
    fc.property(
      geometry,
      fc.array(step, { maxLength: 8 }),
      fc.array(step, { maxLength: 8 }),
      cut,
      (shape, ...rest) => {
        const [first, second, plan] = rest;
        const flash = new NorFlash({ sectors, ...shape });
        const all = (steps: readonly Step[]): void => {
          for (const one of steps) {
            try {
              run(
                flash,
                Array.from({ length: size }, () => 0),
                shape.writeAlign,
                shape.eraseValue,
                one,
              );
            } catch {
              // Refused, or cut: here it only counts that it is so both times.
            }
          }
          flash.power.cancelCut();
          flash.powerOn();
        };
        const state = (): string =>
          JSON.stringify(flash.save().map((sector) => [[...sector.bytes], [...sector.marks], sector.wear]));
        all(first);
        const image = flash.save();
        const middle = state();
        flash.cutAt(plan);
        all(second);
        const end = state();
        flash.load(image);
        const back = state();
        flash.cutAt(plan);
        all(second);
        return back === middle && state() === end;
      },
    ),
    { numRuns: 60 },
  );
  t.pass();
});
