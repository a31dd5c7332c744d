/** One management server for all scenarios. */
import { suiteRun } from '../_suite.ts';
import { AWAKE_SECONDS, SCENARIOS } from './scenarios.ts';
import { startManager } from './manager.ts';

const manager = await startManager(AWAKE_SECONDS * 1000);
await suiteRun(SCENARIOS, { manager });
await manager.stop();
