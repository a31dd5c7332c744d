/**
 * What a rollout costs: at the origin, at the gateway, and for the devices, which are simulated. Gateway and fleet are
 * processes of their own; the origin is in this one, and counts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../../publisher/index.ts';
import { rounded } from '../row.ts';
import { startDdi } from './ddi.ts';
import type { DdiCounts } from './ddi.ts';
import { fleetRun, gatewayRun, siteOf, usedBy } from './fleet-run.ts';
import type { FleetFigures, Site, Used } from './fleet-run.ts';
import { atLeast, atMost, plain } from './row.ts';
import type { NetRow } from './row.ts';

const SIZES = [10, 100, 1000] as const;
/** Devices whose requests upstream have a goal, and the goal. */
const COUNTED = 100;
const REQUESTS_MOST = 6;
const MEGABYTES_MOST = 1;
const TOGETHER = 1000;
/** Seconds between two polls of a device, as hawkBit is told to want them: its default is five minutes. */
const POLL = 10;
/** The same for devices, whose time goes faster. */
const DIRECT_POLL = 300;

interface Rolled {
  readonly figures: FleetFigures;
  readonly gateway: Used;
}

const roll = async (site: Site, devices: number, upstream: object, token: boolean): Promise<Rolled> => {
  const gateway = await gatewayRun(site, devices, upstream, token);
  try {
    const figures = await fleetRun(site, '--gateway', 'gateway.json', '--server', gateway.coap);
    return { figures, gateway: usedBy(gateway.child) };
  } finally {
    await gateway.stop();
  }
};

const upstreamRow = (devices: number, what: string, value: number): NetRow =>
  devices === COUNTED
    ? atMost('requests upstream for artefacts', what, value, 'requests', REQUESTS_MOST)
    : plain('requests upstream for artefacts', what, value, 'requests');

const costRows = ({ figures, gateway }: Rolled, what: string): NetRow[] => {
  const { devices, seconds, processorSeconds, requests } = figures;
  const one = (metric: string, value: number, unit: string): NetRow =>
    plain(metric, what, rounded(value, 3), unit);
  return [
    one('rollout, to the last report', seconds, 's'),
    one('processor of all devices', processorSeconds, 's'),
    one('processor of the gateway', gateway.processor, 's'),
    one('memory of the gateway', gateway.memory, 'MB'),
    one('datagrams of a device, both ways', requests / devices, 'datagrams'),
  ];
};

const memoryRows = ({ devices, megabytesPerDevice, flashMegabytesPerDevice }: FleetFigures): NetRow[] => {
  const what = 'in one process, beside the image';
  const most = devices === TOGETHER;
  return [
    ...(most ? [atLeast('devices', what, devices, 'devices', TOGETHER)] : []),
    most
      ? atMost('a device', `${what}, of ${devices}`, megabytesPerDevice, 'MB', MEGABYTES_MOST)
      : plain('a device', `${what}, of ${devices}`, megabytesPerDevice, 'MB'),
    plain('flash of a device', `${what}, of ${devices}`, flashMegabytesPerDevice, 'MB'),
  ];
};

const folderRows = async (site: Site, devices: number): Promise<NetRow[]> => {
  const asked: string[] = [];
  const folder = join(site.folder, 'public');
  const origin = await serve({ folder, port: 0, onRequest: (_, path) => asked.push(path) });
  try {
    const rolled = await roll(site, devices, { kind: 'folder', urls: [origin.url] }, false);
    const latest = asked.filter((path) => path.includes('latest.json')).length;
    const what = `${devices} devices behind a gateway`;
    return [
      upstreamRow(devices, `${what}, a folder`, asked.length - latest),
      plain('requests upstream for latest.json', `${what}, a folder`, latest, 'requests'),
      ...costRows(rolled, what),
      ...memoryRows(rolled.figures),
    ];
  } finally {
    await origin.close();
  }
};

/** Each device is asked for in its own name, as hawkBit is to see it: that cannot be shared. */
const managementRows = ({ polls, deployments, feedback }: DdiCounts, what: string): NetRow[] => [
  plain('polls upstream', what, polls, 'requests'),
  plain('assignments read upstream', what, deployments, 'requests'),
  plain('feedback upstream', what, feedback, 'requests'),
];

const ddiRows = async (site: Site): Promise<NetRow[]> => {
  const devices = COUNTED;
  const server = await startDdi({ files: site.files, sleep: POLL });
  try {
    const { figures } = await roll(site, devices, { kind: 'hawkbit', url: server.url }, true);
    const what = `${devices} devices behind a gateway, DDI`;
    const { counts, closed } = server;
    return [
      upstreamRow(devices, what, counts.artefacts),
      plain('bytes of artefacts upstream', what, counts.artefactBytes, 'bytes'),
      ...managementRows(counts, what),
      plain(
        'polls of a device in a minute',
        what,
        rounded((60 * counts.polls) / devices / figures.seconds, 2),
        'requests',
      ),
      plain(
        'actions closed with success',
        what,
        [...closed.values()].filter((one) => one === 'success').length,
        'actions',
      ),
    ];
  } finally {
    await server.close();
  }
};

/** The same devices without a gateway: what each of them asks for itself. */
const directRows = async (site: Site): Promise<NetRow[]> => {
  const server = await startDdi({ files: site.files, sleep: DIRECT_POLL });
  try {
    const first = ['--devices', String(COUNTED), '--anchor', 'owner.anchor.json'];
    await fleetRun(site, ...first, '--server', server.url);
    const what = `${COUNTED} devices, DDI, no gateway`;
    const { counts } = server;
    return [
      plain('requests upstream for artefacts', what, counts.artefacts, 'requests'),
      plain('bytes of artefacts upstream', what, counts.artefactBytes, 'bytes'),
      ...managementRows(counts, what),
    ];
  } finally {
    await server.close();
  }
};

export const fleetRows = async (): Promise<NetRow[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-fleet-'));
  try {
    const site = siteOf(folder);
    const rows: NetRow[] = [];
    for (const devices of SIZES) rows.push(...(await folderRows(site, devices)));
    return [...rows, ...(await ddiRows(site)), ...(await directRows(site))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
