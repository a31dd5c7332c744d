/** Leads worlds for tests: to where a scenario begins, and on to each place for a fault. */
import { bootStart } from '../../bootloader-sim/crash/boot.ts';
import type { Boot } from '../../bootloader-sim/crash/boot.ts';
import { instanceOf } from '../../bootloader-sim/crash/index.ts';
import type { Instance, Planned, Scenario, Stock } from '../../bootloader-sim/crash/index.ts';
import { live } from '../../bootloader-sim/crash/life.ts';
import type { Life } from '../../bootloader-sim/crash/life.ts';
import { prepare } from '../../bootloader-sim/crash/prepare.ts';
import { pointAt } from '../../bootloader-sim/crash/successor.ts';
import type { Point } from '../../bootloader-sim/crash/successor.ts';
import { worldLoad, worldOpen } from '../../bootloader-sim/crash/world.ts';
import type { World, WorldState } from '../../bootloader-sim/crash/world.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { stockOn } from './images.ts';

export const instance: Instance = instanceOf();

export interface Begun {
  readonly world: World;
  readonly scenario: Scenario;
  readonly start: WorldState;
}

export const begin = (board: BoardName, scenario: Scenario, code: Instance = instance): Begun => {
  const world = worldOpen(BOARDS[board]);
  return {
    world,
    scenario,
    start: prepare(world, { scenario, stock: stockOn(world.profile), instance: code }),
  };
};

export interface Lived {
  readonly life: Life;
  readonly points: readonly Point[];
}

export const leadFrom = ({ world, scenario }: Begun, state: WorldState, fault?: Planned): Lived => {
  const points: Point[] = [];
  worldLoad(world, state);
  const stock = stockOn(world.profile);
  const life = live(world, { scenario, stock, instance, fault, onPoint: (point) => points.push(point) });
  return { life, points };
};

/** One boot, and what is done in it: the places for faults. */
export const bootFrom = (
  world: World,
  state: WorldState,
  act: (boot: Boot) => void,
  deals: Stock = stockOn(world.profile),
): Point[] => {
  const points: Point[] = [];
  worldLoad(world, state);
  const boot = bootStart(world, deals, instance, (what) => {
    points.push(pointAt(world, points.length, what));
  });
  act(boot);
  return points;
};
