import test from 'ava';
import { journalName, journalSave, journalSealed } from '../../agent/journal.ts';
import type { Journal } from '../../agent/journal.ts';
import { Ok } from '../../agent/codes.ts';
import type { BoardImage, CutPlan, NorFlash, Operation } from '../../hal/node/index.ts';
import { flashOf, geometries, load, titleOf } from './_journal.ts';
import { stateView } from '../../hal/node/state-view.ts';

type FlashImage = BoardImage[string];

interface Content {
  readonly accepted: number;
  readonly name: number;
}

const OLD: Content = { accepted: 5, name: 4096 };

const contentOf = ({ state }: Journal): Content => ({
  accepted: stateView(state).accepted,
  name: stateView(state).nameOffset,
});

interface Action {
  readonly title: string;
  readonly run: (journal: Journal) => number;
  readonly to: Content;
}

const save = (journal: Journal): number => {
  stateView(journal.state).accepted = 6;
  return journalSave(journal);
};

const name = (journal: Journal): number => journalName(journal, 1, 8192, 4096);

const actions: Action[] = [
  { title: 'a save', run: save, to: { accepted: 6, name: 4096 } },
  { title: 'a name', run: name, to: { accepted: 5, name: 8192 } },
];

/** The plans that cut one operation everywhere; of the units of a long program, the outer ones and some between. */
const cutsOf = (operation: number, { kind, units }: Operation): CutPlan[] => {
  const cuts: CutPlan[] = [
    { operation, where: 'before' },
    { operation, where: 'after' },
  ];
  if (kind === 'erase') {
    for (const erase of ['old', 'erased', 'mixed'] as const) cuts.push({ operation, where: 'inside', erase });
    return cuts;
  }
  const step = Math.max(1, Math.floor(units / 12));
  for (
    let unit = 0;
    unit < units;
    unit = unit + step < units || unit === units - 1 ? unit + step : units - 1
  ) {
    for (const torn of ['old', 'new', 'mixed'] as const) {
      cuts.push({ operation, where: 'inside', unit, torn, seed: unit + 1 });
    }
  }
  return cuts;
};

/** Runs the action from `image` on, without a cut; the operations it took. */
const rehearse = (flash: NorFlash, image: FlashImage, run: (flash: NorFlash) => number): Operation[] => {
  flash.load(image);
  const operations: Operation[] = [];
  flash.power.trace = (operation) => operations.push(operation);
  if (run(flash) !== Ok) throw new Error('the action fails without a cut');
  flash.power.trace = null;
  return operations;
};

const unreadable = {
  read: (_: Uint8Array, __: number, unstable: boolean): void => {
    if (unstable) throw new Error('not readable');
  },
};

for (const geometry of geometries) {
  for (const { title, run, to } of actions) {
    for (const within of [false, true]) {
      const when = within ? 'behind other records' : 'first after a reset';
      test(`${title}, ${when}, cut anywhere, leaves the old or the new: ${titleOf(geometry)}`, (t) => {
        const flash = flashOf(geometry);
        const { journal } = load(flash);
        stateView(journal.state).accepted = OLD.accepted;
        t.is(journalSave(journal), Ok);
        t.is(journalName(journal, 1, OLD.name, 4096), Ok);
        const image = flash.save();
        /** The power cycle that is cut. Where other records come first, the cut counts from behind them. */
        const cycle = (plan: CutPlan | null): number => {
          const { journal: begun } = load(flash);
          if (within && journalSave(begun) !== Ok) throw new Error('not cut yet');
          if (plan !== null) flash.cutAt(plan);
          return run(begun);
        };
        const skip = within ? rehearse(flash, image, () => journalSave(load(flash).journal)).length : 0;
        const operations = rehearse(flash, image, () => cycle(null)).slice(skip);
        t.true(operations.length > 0);
        const found = new Set<string>();
        for (const plan of operations.flatMap((operation, row) => cutsOf(row, operation))) {
          flash.load(image);
          const what = JSON.stringify(plan);
          if (cycle(plan) === Ok && plan.where !== 'after') t.fail(`${what}: not cut`);
          const outcomes = [null, unreadable].map((fault) => {
            flash.fault = fault;
            const { journal: after, code } = load(flash);
            flash.fault = null;
            t.is(code, Ok, what);
            return { content: contentOf(after), sealed: journalSealed(after) };
          });
          for (const { content } of outcomes) {
            const known = [OLD, to].map((each) => JSON.stringify(each));
            t.true(known.includes(JSON.stringify(content)), `${what}: ${JSON.stringify(content)}`);
            found.add(JSON.stringify(content));
          }
          // Sealed, read whole or not: the state stays, but for a name that may be in the torn record itself.
          if (outcomes[0]!.sealed) {
            t.is(outcomes[1]!.content.accepted, outcomes[0]!.content.accepted, what);
          }
        }
        t.is(found.size, 2, 'old and new were both found');
        t.is(flash.misuses, 0);
      });
    }
  }
}
