/** What fills the arena where it is a step too small: `npm run bench:xs -- --census decided`, or `staged`. */
import { machineRun } from '../../hal/xs-riscv/build/machine.ts';
import { ENVELOPE, SPARE, needOf } from './figures.ts';
import { ed25519Key } from './keys.ts';
import { FAILED, PATIENCE, packed, rigClose, rigFlash, rigOffer, rigOpen } from './machine.ts';
import type { Goal } from './machine.ts';
import { ARENA_STEP } from './search.ts';

/** Objects with the names of their properties, chunks, and the frames of the stack: board/census.c. */
const TOLD = /^(object|chunk|slots|frame) /;

/** Of the boot decision, or of a receive; hash and signature are native. */
export const census = async (goal: Goal, image: Uint8Array): Promise<string[]> => {
  const rig = await rigOpen({ name: 'native', key: ed25519Key(), envelopeMax: ENVELOPE });
  rigOffer(rig, packed(rig, image, 2));
  const need = await needOf(rig, goal);
  if (need === undefined) throw new Error(`no arena is large enough for ${goal}`);
  const arena = need.arena - ARENA_STEP;
  const ram = arena + SPARE;
  const { output } = await machineRun(
    { ...rigFlash(rig, { arena, stack: need.stack, ram, census: 1 }), ram },
    PATIENCE,
    (text) => FAILED.test(text),
  );
  rigClose(rig);
  return [`arena ${arena}, one step too small`, ...output.split('\n').filter((line) => TOLD.test(line))];
};
