/** Many faults in a row: each strikes early in the recovery from the one before. */
import { faultsOf } from '../../bootloader-sim/crash/fault.ts';
import { traceText, Violation } from '../../bootloader-sim/crash/index.ts';
import type { Planned, Scenario } from '../../bootloader-sim/crash/index.ts';
import { ofBootloader } from '../../bootloader-sim/crash/owner.ts';
import { foreign, successor } from '../../bootloader-sim/crash/successor.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { random } from '../../hal/node/faults.ts';
import { begin, leadFrom } from './_lead.ts';

const FAULTS = 8;
/** A recovery is most tender at its beginning. */
const NEAR = 5;

/** What is wrong, with the traces that replay it. */
export const storms = (board: BoardName, scenario: Scenario, count: number, seed: number): string[] => {
  const begun = begin(board, scenario);
  const first = leadFrom(begun, begun.start).points;
  const wrong: string[] = [];
  for (let nth = 0; nth < count; nth++) {
    const next = random(seed * 7919 + nth);
    const trace: Planned[] = [];
    let points = first;
    try {
      while (trace.length < FAULTS && points.length > 0) {
        const near = trace.length === 0 ? points : points.slice(0, NEAR);
        const point = near[next() % near.length]!;
        const faults = [...faultsOf(point.what, { wide: false, units: 4, seed: next() })];
        const fault = faults[next() % faults.length]!;
        trace.push({ operation: point.operation, fault, foreign: foreign(point, fault) });
        points = leadFrom(begun, successor(begun.world, point, fault)).points;
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (ofBootloader(begun.world, error, trace)) continue;
      wrong.push(`${error.invariant}: ${error.message}: ${board}, ${scenario.name}, ${traceText(trace)}`);
    }
  }
  return wrong;
};
