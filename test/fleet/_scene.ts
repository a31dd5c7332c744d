/** A release in a folder, a gateway above devices where one is wanted, and a fleet of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { checkInUplink, folderUplink, openFleet } from '../../bootloader-sim/fleet/index.ts';
import type { Fleet, FleetMember, FleetOptions, Verdict } from '../../bootloader-sim/fleet/index.ts';
import { configLoad } from '../../gateway/config/config.ts';
import { openGateway } from '../../gateway/gateway.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { anchorText } from '../../publisher/index.ts';
import { classOf, firstFlash } from '../../publisher/fleet/factory.ts';
import { inventoryWrite, membersBehind } from '../../publisher/fleet/members.ts';
import { watchOpen } from '../../publisher/fleet/watch.ts';
import { fileServer, published } from '../gateway/_folder.ts';
import type { FileServer } from '../gateway/_folder.ts';
import { owner, packed } from '../gateway/_world.ts';
import type { Packed } from '../gateway/_world.ts';

/** A minute of the devices is a tenth of a second. */
const SPEED = 600;
/** Real seconds, so that a run that is stuck shows by its verdicts. */
const SPAN = 100;

export const factory: Packed = packed(1);
export const update: Packed = packed(2, [1, 3]);
const first = firstFlash({
  image: factory.image,
  envelope: factory.envelope,
  profile: boardProfile('tiny'),
  anchors: [owner],
});

export type Given = Partial<Omit<FleetOptions, 'uplink' | 'factory' | 'config'>> & {
  readonly members: readonly FleetMember[];
};

export const fleetOf = (t: ExecutionContext, uplink: FleetOptions['uplink'], given: Given): Fleet => {
  const usual = { profile: boardProfile('tiny'), speed: SPEED, span: SPAN, seed: 1 };
  const fleet = openFleet({ ...first, ...usual, ...given, uplink });
  t.teardown(() => fleet.close());
  return fleet;
};

/** A folder in which the update is. */
export const folderOf = async (t: ExecutionContext): Promise<FileServer> => {
  const server = await fileServer();
  t.teardown(() => server.close());
  published(server, 'lamps', update);
  return server;
};

export const folderAt = ({ origin }: FileServer): FleetOptions['uplink'] =>
  folderUplink({ url: `${origin}/lamps/latest.json` });

export interface Behind {
  readonly fleet: Fleet;
  readonly server: FileServer;
}

/** The same folder above a gateway, and the fleet behind it. */
export const fleetBehind = async (
  t: ExecutionContext,
  groups: readonly Readonly<Record<string, unknown>>[],
  given: Given,
  way: 'coap' | 'http' = 'coap',
): Promise<Behind> => {
  const server = await folderOf(t);
  const folder = mkdtempSync(join(tmpdir(), 'flipside-fleet-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'owner.anchor.json'), anchorText(owner));
  const { members, seed = 1 } = given;
  inventoryWrite(join(folder, 'devices.json'), members, seed, classOf(factory.envelope));
  const config = {
    version: 1,
    folder: 'state',
    anchors: ['owner.anchor.json'],
    upstream: { kind: 'folder', urls: [`${server.origin}/lamps`] },
    allowPrivate: ['127.0.0.1'],
    groups,
    [way]: { port: 0, insecure: true },
    status: { port: 0 },
    wake: 60,
  };
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(config));
  const loaded = configLoad(join(folder, 'gateway.json'));
  const gateway = await openGateway({
    config: loaded,
    secrets: { version: 1, devices: {} },
    warn: () => undefined,
    pace: { least: 1, usual: 5, again: 1, settle: 1 },
  });
  const watch = watchOpen(gateway.status!);
  t.teardown(async () => {
    watch.close();
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const behind = membersBehind(loaded, members, seed);
  const uplink = checkInUplink({ url: gateway[way]! });
  return {
    server,
    fleet: fleetOf(t, uplink, { ...given, members: behind, over: () => watch.over() }),
  };
};

/** What replays a verdict that is not as it should be. */
export const told = ({ device, runs, sequence, code, check, words }: Verdict): string =>
  `${device.id} (${device.fails ?? 'well'}): ${runs}, sequence ${sequence}, code ${code} ${check} ${words}, ${device.state}, trouble ${device.trouble}, ${JSON.stringify(device.counts)}`;
