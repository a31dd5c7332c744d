/** Brings a world to where a scenario begins: without faults, and without looking for any. */
import { Reset } from '../../agent/codes.ts';
import { program } from '../provision.ts';
import type { Instance } from './instance.ts';
import { liveSteps } from './life.ts';
import type { Scenario } from './scenario.ts';
import { releaseOf } from './stock.ts';
import type { Stock } from './stock.ts';
import { NO_FACTS, worldSave } from './world.ts';
import type { World, WorldState } from './world.ts';

/** The image that leaves the factory. */
export const FACTORY = 'old';

export interface Prepared {
  readonly scenario: Scenario;
  readonly stock: Stock;
  readonly instance: Instance;
}

export const prepare = (world: World, { scenario, stock, instance }: Prepared): WorldState => {
  const { partition } = world.flash.slots[0];
  const { size, writeAlign = 4, eraseValue = 0xff } = partition.status();
  program(partition, releaseOf(stock, FACTORY).slot(size, writeAlign, eraseValue));
  world.facts = NO_FACTS;
  world.cause = Reset.Power;
  // An empty list: the board has never booted.
  const before = scenario.before ?? [];
  if (scenario.before === undefined || before.length > 0)
    liveSteps(world, { scenario, stock, instance }, before);
  world.progress = 0;
  world.cuts = 0;
  world.sealCuts = 0;
  world.worn = false;
  return worldSave(world);
};
