/** Runs a simulated fleet for the command: bars while it lasts, the answer at the end. */
import { openFleet } from '../../bootloader-sim/fleet/index.ts';
import type { FleetOptions } from '../../bootloader-sim/fleet/index.ts';
import type { GatewayConfig } from '../../gateway/config/config.ts';
import { devicesLoad } from '../../gateway/config/devices.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import type { Answer } from '../answer.ts';
import { fleetAnswer } from './answer.ts';
import { barsOpen } from './bars.ts';
import { watchOpen } from './watch.ts';

/** Failures at which each group of a gateway's plan stops. */
const linesOf = (config: GatewayConfig | undefined): ReadonlyMap<string, number> => {
  if (config === undefined) return new Map();
  const { groups, of } = groupsOf({ ...config.plan, pairs: [] }, devicesLoad(config.devices));
  const sizes = new Map<string, number>();
  for (const group of of.values()) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return new Map(
    [...groups.values()].map(({ name, failureLine }) => [name, failureLine(sizes.get(name) ?? 0)]),
  );
};

export interface FleetRun extends FleetOptions {
  readonly gateway: GatewayConfig | undefined;
  /** Of a gateway's status API. */
  readonly status: string | undefined;
  readonly seed: number;
  readonly speed: number;
}

export const fleetRun = async (run: FleetRun): Promise<Answer> => {
  const { gateway, status, uplink, seed, speed } = run;
  const lines = linesOf(gateway);
  const watch = status === undefined ? undefined : watchOpen(status);
  const groups = watch?.groups ?? new Map();
  const fleet = openFleet({ ...run, over: () => watch?.over() === true });
  const bars = barsOpen({ devices: fleet.devices, lines, groups });
  try {
    const outcome = await fleet.run();
    return fleetAnswer({ outcome, server: uplink.name, seed, speed, lines, groups });
  } finally {
    bars.stop();
    watch?.close();
    fleet.close();
  }
};
