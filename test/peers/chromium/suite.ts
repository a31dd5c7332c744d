/** One browser and one fleet for all scenarios. */
import { suiteRun } from '../_suite.ts';
import { browserOpen } from './browser.ts';
import { fleetOpen } from './fleet.ts';
import { SCENARIOS } from './scenarios.ts';

const fleet = await fleetOpen();
const browser = await browserOpen();
try {
  await fleet.pumpsBegin();
  await fleet.lampsFail();
  await suiteRun(SCENARIOS, { browser, fleet });
} finally {
  await browser.close();
  await fleet.close();
}
