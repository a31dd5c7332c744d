/** Runs the scenarios, or those that are named, and prints what each came to: one JSON document. */
import { AWAKE_SECONDS, SCENARIOS } from './scenarios.ts';
import { startManager } from './manager.ts';

export interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly reason: string;
}

const only = process.argv.slice(2);
const manager = await startManager(AWAKE_SECONDS * 1000);
const outcomes: Outcome[] = [];
for (const [name, run] of SCENARIOS) {
  if (only.length > 0 && !only.includes(name)) continue;
  try {
    outcomes.push({ name, ok: true, reason: await run({ manager }) });
  } catch (error) {
    outcomes.push({ name, ok: false, reason: error instanceof Error ? error.message : String(error) });
  }
}
await manager.stop();
console.log(JSON.stringify(outcomes));
