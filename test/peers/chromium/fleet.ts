/**
 * A gateway over folders of `flipside publish`, and simulated boards behind it in a telling state: a release of lamps that
 * one test node went back from, and pumps of which some have theirs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGateway } from '../../../gateway/gateway.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { classIdentifier, uuidText } from '../../../publisher/index.ts';
import { fileServer, published } from '../../gateway/_folder.ts';
import type { FileServer } from '../../gateway/_folder.ts';
import {
  classId as lampId,
  deviceNew,
  deviceStatus,
  deviceWake,
  gatewayWritten,
  packed,
  vendor,
} from '../../gateway/_world.ts';
import type { Device, Packed } from '../../gateway/_world.ts';
import { check } from '../_peer.ts';

export const TOKEN = 'token-of-the-simulated-fleet';

const pumpId = classIdentifier(vendor, 'pump');
const lamps = [packed(41), packed(42, [1, 3])] as const;
const pumps = [packed(17, [], { classId: pumpId }), packed(18, [0, 5], { classId: pumpId })] as const;

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);
const IDS = [
  ...numbered('t', 5),
  ...numbered('hall', 18),
  ...numbered('yard', 24),
  ...numbered('pump', 10),
] as const;
const GROUPS = [
  { name: 'test-nodes', devices: ['t-*'] },
  { name: 'hall', devices: ['hall-*'], after: ['test-nodes'], success: 0.9, failures: '10%' },
  { name: 'yard', devices: ['yard-*'], after: ['hall'], failures: '10%' },
  { name: 'pumps', devices: ['pump-*'], success: 0.8, failures: 3, together: 3 },
];
const PAIRS = [['pump-5', 'pump-6']];

const isPump = (id: string): boolean => id.startsWith('pump');

const boardOf = (id: string): Device => {
  if (!isPump(id))
    return deviceNew(id, lamps[0], id === 't-1' ? [[lamps[1], { kind: 'failsCheck', ticks: 1 }]] : []);
  const late = id === 'pump-5' ? ([[pumps[1], { kind: 'confirmsLate', ticks: 1_000_000 }]] as const) : [];
  return deviceNew(id, pumps[0], late, pumpId);
};

export interface FleetScene {
  readonly server: FileServer;
  readonly devices: ReadonlyMap<string, Device>;
  gateway(): Gateway;
  /** That a device accepts as confirmed. */
  sequenceOf(id: string): number;
  /** One wake of each, in this order. */
  wake(...ids: readonly string[]): Promise<void>;
  /** Wakes them, again and again, until it holds. */
  until(what: string, ids: readonly string[], holds: () => boolean): Promise<void>;
  /** Publishes the next lamps; t-2 and t-3 take them, t-1 goes back. */
  lampsFail(): Promise<void>;
  /** Publishes the next pumps; some take them, one stays on trial. */
  pumpsBegin(): Promise<void>;
  close(): Promise<void>;
}

const PATIENCE = 60_000;
const runs = (device: Device | undefined, { sequence }: Packed): boolean =>
  device !== undefined && deviceStatus(device).accepted === sequence;

/** What a device says of itself: a battery of its own, and when it wakes. */
const factsOf = (id: string): { battery: number; profile: string; sleeps?: number } => {
  const at = IDS.indexOf(id);
  const battery = id === 'yard-3' ? 14 : 96 - ((at * 37) % 55);
  return { battery, profile: isPump(id) ? 'wifi' : 'lora-sf9', sleeps: 600 + ((at * 613) % 3000) };
};

/** `port`: of the server of releases, which stands in their titles. */
export const fleetOpen = async (port = 0): Promise<FleetScene> => {
  const server = await fileServer(undefined, port);
  const folder = mkdtempSync(join(tmpdir(), 'flipside-fleet-'));
  const entries = IDS.map((id) => ({
    id,
    vendor: uuidText(vendor),
    classId: uuidText(isPump(id) ? pumpId : lampId),
  }));
  const origin = server.origin.replace('127.0.0.1', 'localhost');
  published(server, 'lamps', lamps[0]);
  published(server, 'pumps', pumps[0]);
  const gateway = await openGateway({
    ...gatewayWritten(folder, entries, {
      upstream: { kind: 'folder', urls: [`${origin}/lamps`, `${origin}/pumps`] },
      allowPrivate: ['localhost'],
      groups: GROUPS,
      pairs: PAIRS,
      status: { port: 0 },
    }),
    statusToken: TOKEN,
    pace: { least: 0.2, usual: 0.3, again: 0.1, settle: 0 },
  });
  const devices = new Map(IDS.map((id) => [id, boardOf(id)] as const));
  const wake = async (...ids: readonly string[]): Promise<void> => {
    for (const id of ids) await deviceWake(devices.get(id)!, gateway.coap!, { facts: factsOf(id) });
  };
  const until = async (what: string, ids: readonly string[], holds: () => boolean): Promise<void> => {
    for (const end = Date.now() + PATIENCE; !holds();) {
      check(Date.now() < end, `${what}: never`);
      await wake(...ids);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await wake(...IDS);
  const asks = async (): Promise<void> => {
    const before = server.asked.length;
    while (server.asked.length < before + 6) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  return {
    server,
    devices,
    gateway: () => gateway,
    sequenceOf: (id) => deviceStatus(devices.get(id)!).accepted,
    wake,
    until,
    async lampsFail() {
      published(server, 'lamps', lamps[1]);
      await asks();
      await until('two that take it', ['t-2', 't-3'], () =>
        ['t-2', 't-3'].every((id) => runs(devices.get(id), lamps[1])),
      );
      const { board } = devices.get('t-1')!;
      const boots = board.boots;
      await until('one that goes back', ['t-1'], () => board.boots >= boots + 2);
      await wake('t-1', 't-2', 't-3');
      // Of another device: its key does not hold here.
      const impostor = { ...devices.get('hall-7')!, reporter: devices.get('hall-8')!.reporter };
      for (let times = 0; times < 2; times++)
        await deviceWake(impostor, gateway.coap!, { facts: factsOf('hall-7') });
      await wake(...IDS.filter((id) => !isPump(id)));
    },
    async pumpsBegin() {
      published(server, 'pumps', pumps[1]);
      await asks();
      const first = ['pump-1', 'pump-2', 'pump-3', 'pump-4'];
      await until('four that take it', first, () => first.every((id) => runs(devices.get(id), pumps[1])));
      await until('one on trial', ['pump-5'], () => deviceStatus(devices.get('pump-5')!).trial > 0);
      await wake(...first, 'pump-5', ...numbered('pump', 10).slice(5));
    },
    async close() {
      await gateway.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
