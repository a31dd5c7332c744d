/** Releases of devices' work whose files went from the store: who gets them again, and what becomes of the work. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Release, WorkState } from '../../gateway/contract.ts';
import { openDispatch } from '../../gateway/dispatch.ts';
import { releaseError } from '../../gateway/fetch/error.ts';
import { workOf } from './_devices.ts';
import { release, rigOf, WAYS } from './_work.ts';

type Row = readonly [state: WorkState, again: boolean, had: WorkState, fatal: WorkState];

/** What a device has whole in its slot, and what is over, needs no files. */
const ROWS: readonly Row[] = [
  ['waiting', true, 'ready', 'failed'],
  ['fetching', true, 'ready', 'failed'],
  ['ready', true, 'ready', 'failed'],
  ['offered', true, 'offered', 'failed'],
  ['staged', true, 'staged', 'failed'],
  ['trial', false, 'trial', 'trial'],
  ['success', false, 'success', 'success'],
  ['reverted', false, 'reverted', 'reverted'],
];

for (const [state, again, had, lost] of ROWS)
  for (const fatal of [false, true])
    test(`${state}, and files of its release are gone${fatal ? ' for good' : ''}`, async (t) => {
      const rig = await rigOf();
      const { inventory } = rig;
      inventory.wanted('a', workOf('7', 'new'), 10);
      WAYS[state](rig);
      // What the watchers are told of before is not what is looked for.
      await inventory.saved();
      let [there, obtained]: [Release | undefined, number] = [release, 0];
      const dispatch = openDispatch({
        inventory,
        releases: {
          async obtain() {
            obtained++;
            if (fatal) throw releaseError(Err.SourceRefused, 'HTTP 404');
            return (there = release);
          },
          find: () => there,
          all: () => [],
          downloads: () => [],
          close: () => Promise.resolve(),
        },
        pin: () => undefined,
      });
      t.is(rig.state(), state);
      there = undefined;
      dispatch.review();
      await new Promise((done) => setImmediate(done));
      await dispatch.close();
      t.is(obtained, again ? 1 : 0);
      t.is(rig.state(), fatal ? lost : had);
    });
