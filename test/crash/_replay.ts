import { instanceOf, replay, scenarioNamed, traceParse } from '../../bootloader-sim/crash/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { stock } from './images.ts';
const [, , board, scenario, trace] = process.argv;
replay(
  {
    profile: boardProfile(board!),
    scenario: scenarioNamed(scenario!),
    stock,
    instance: instanceOf(),
    trace: trace === undefined ? [] : traceParse(trace),
  },
  (w) => console.log(w),
);
