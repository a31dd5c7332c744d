/** One boot, up to the first instruction of the image: the agent's own decision, and the hooks at their places. */
import { BootStep, Ok } from '../agent/codes.ts';
import * as Err from '../agent/err.ts';
import type { Board } from './board.ts';
import { cycleEnd, cycleLog, cycleRuns } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import { portsOf } from './environment.ts';
import type { Decision } from './flipside.ts';
import { hookRun, hooksBegin } from './hooks.ts';
import type { HookName } from './hooks.ts';
import { realmOpen } from './realm.ts';
import type { Realm } from './realm.ts';
import { random } from '../hal/node/faults.ts';

export interface Booted {
  /** `Ok`, or the decision's code. */
  readonly code: number;
  readonly decision: Decision;
  readonly realm: Realm;
}

const HOOK_OF_STEP: Readonly<Record<number, HookName>> = {
  [BootStep.Decided]: 'afterDecision',
  [BootStep.Verify]: 'beforeVerify',
  [BootStep.Revert]: 'onRevert',
  [BootStep.Nothing]: 'onNothingBootable',
};

/** A fresh realm for a program of this boot, or the one that boards share. */
export const boardRealm = (board: Board, cycle: Cycle): Realm => {
  if (board.options.realm !== undefined) return board.options.realm;
  const next = random(cycle.number);
  return realmOpen({
    bundle: board.options.bundle,
    patience: board.options.patience,
    seconds: () => board.seconds,
    random: () => next() / 2 ** 32,
    print: (text) => cycleLog(board, cycle, text),
  });
};

export const boot = (board: Board, cycle: Cycle): Booted => {
  const skip = hooksBegin(board, cycle);
  const realm = boardRealm(board, cycle);
  const hook = (name: HookName, slot: number): void =>
    hookRun(board, cycle, realm, skip, name, slot, decision);
  const onStep = (step: number, slot: number): void => {
    const name = HOOK_OF_STEP[step];
    if (name !== undefined) hook(name, slot);
  };
  const { bootDecide, bootDecisionNew, hssLms, swap } = realm.flipside;
  // The realm's own code, not the host's.
  const config = { ...board.config, hssLms, swap: board.config.swap && swap, onStep };
  const decision = bootDecisionNew();
  let code: number = Err.NothingBootable;
  try {
    code = bootDecide(portsOf(board, cycle), config, decision);
  } catch (error) {
    // What a port throws into a boot that is over may come out here; anything else is a fault of the decision.
    if (cycleRuns(board, cycle)) throw error;
  }
  if (code === Ok) {
    cycle.slot = decision.slot;
    hook('beforeRun', decision.slot);
  }
  if (cycleRuns(board, cycle) && code !== Ok) {
    cycleLog(board, cycle, `nothing to boot: ${code}`);
    cycleEnd(board, cycle, 'nothingBootable');
  }
  return { code, decision, realm };
};
