/** In this order: the last of the fleet's moves a board. */
import type { SuiteScenario } from '../_suite.ts';
import { OF_ROOMS } from './of-rooms.ts';
import { OF_THE_FLEET } from './of-the-fleet.ts';
import { silence } from './silence.ts';
import type { Stage } from './stage.ts';

export const SCENARIOS: readonly SuiteScenario<Stage>[] = [...OF_ROOMS, silence, ...OF_THE_FLEET];
