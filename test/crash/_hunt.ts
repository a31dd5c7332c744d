import { hunt } from './hunt.ts';
import { mutants } from './mutants.ts';
const [, , part = '0', of = '1', only] = process.argv;
for (const [nth, mutant] of mutants.entries()) {
  if (only !== undefined ? mutant.name !== only : nth % Number(of) !== Number(part)) continue;
  const at = performance.now();
  try {
    const found = await hunt(mutant);
    console.log(
      found.found ? 'FOUND' : '-----',
      mutant.name,
      found.invariant,
      found.scenario,
      found.trace,
      found.states,
      Math.round(performance.now() - at),
      'ms',
    );
  } catch (error) {
    console.log('ERROR', mutant.name, String((error as Error).stack).slice(0, 400));
  }
}
