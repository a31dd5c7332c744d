import {
  explore,
  instanceOf,
  scenarios,
  scenarioNamed,
  traceText,
} from '../../bootloader-sim/crash/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { stock } from './images.ts';
const [
  ,
  ,
  board = 'tiny',
  names = 'all',
  depth = '1',
  units = '99999',
  draws = '0',
  stride = '1',
  deep = '4',
] = process.argv;
const instance = instanceOf();
for (const scenario of names === 'all' ? scenarios : names.split(',').map(scenarioNamed)) {
  const at = performance.now();
  const result = explore({
    profile: boardProfile(board),
    scenario,
    stock,
    instance,
    budget: {
      depth: Number(depth),
      units: Number(units),
      deepUnits: Number(deep),
      stride: Number(stride),
      deepStride: 1,
      draws: Number(draws),
      seed: 1,
    },
  });
  const ms = performance.now() - at;
  console.log(
    scenario.name,
    'states',
    result.states,
    'merged',
    result.merged,
    'ms',
    Math.round(ms),
    'ms/state',
    (ms / result.states).toFixed(2),
  );
  for (const v of result.violations) console.log('   ', v.invariant, v.words, traceText(v.trace));
}
