/** hawkBit, a gateway, simulated boards in three groups: a good update, then a bad one. `exchange.js rollout FOLDER`. */
import { liveOf, restart, tick } from '../../../bootloader-sim/index.ts';
import { openGateway } from '../../../gateway/gateway.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { checkInOver } from '../../../hal/node/check-in.ts';
import { deviceNew, gatewayWritten, packed } from '../../gateway/_world.ts';
import { check, same } from '../_peer.ts';
import { GATEWAY_TOKEN, startHawkbit } from './server.ts';
import type { Hawkbit } from './server.ts';

const folder = process.argv[3]!;
const PATIENCE = 120_000;
const COUNTS = { t: 5, s: 15, f: 30 } as const;
const IDS = Object.entries(COUNTS).flatMap(([group, count]) =>
  Array.from({ length: count }, (_, at) => `${group}-${at + 1}`),
);
const GROUPS = [
  { name: 'test-nodes', devices: ['t-*'] },
  { name: 'sensors', devices: ['s-*'], after: ['test-nodes'] },
  { name: 'field', devices: ['f-*'], after: ['sensors'] },
];
const CHECK_FAILED = -112;
const factory = packed(1);
const good = packed(2, [1, 3]);
const bad = packed(3, [2, 4]);

const gatewayOver = (server: Hawkbit): Promise<Gateway> => {
  const upstream = { kind: 'hawkbit', url: `${server.url}/DEFAULT/controller/v1` };
  const ids = IDS.map((id) => ({ id }));
  const { secrets, ...written } = gatewayWritten(folder, ids, { upstream, groups: GROUPS });
  return openGateway({
    ...written,
    secrets: { ...secrets, upstreamToken: GATEWAY_TOKEN },
    pace: { least: 1, settle: 3 },
  });
};

/** Of each device the newest action, as the server's own view has it. */
const viewOf = async (server: Hawkbit): Promise<string[]> => {
  const one = async (id: string): Promise<string> => {
    const found = (await server.ask('GET', `targets/${id}/actions`)) as {
      content: { id: number; detailStatus: string; lastStatusCode?: number }[];
    };
    const newest = found.content.reduce<(typeof found.content)[number] | undefined>(
      (best, action) => (best === undefined || action.id > best.id ? action : best),
      undefined,
    );
    return newest === undefined ? 'none' : `${newest.detailStatus} ${newest.lastStatusCode ?? ''}`.trim();
  };
  return Promise.all(IDS.map(one));
};

const assign = async (
  server: Hawkbit,
  version: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> => {
  const [software] = (await server.ask('POST', 'softwaremodules', [
    { name: 'lamp', version, type: 'os' },
  ])) as { id: number }[];
  for (const [name, bytes] of Object.entries(files)) {
    const form = new FormData();
    form.append('file', new Blob([Uint8Array.from(bytes)]), name);
    await server.ask('POST', `softwaremodules/${software!.id}/artifacts`, form);
  }
  const [set] = (await server.ask('POST', 'distributionsets', [
    { name: 'lamp', version, type: 'os', modules: [{ id: software!.id }] },
  ])) as { id: number }[];
  for (const id of IDS)
    await server.ask('POST', `targets/${id}/assignedDS`, [{ id: set!.id, type: 'forced' }]);
};

const rollout = async (): Promise<string> => {
  const jar = process.env['FLIPSIDE_PEER_HAWKBIT']!;
  const server = await startHawkbit(jar, folder);
  const gateway = await gatewayOver(server);
  const devices = IDS.map((id) => deviceNew(id, factory, [[bad, { kind: 'failsCheck', ticks: 1 }]]));
  const fetched: string[] = [];
  const round = async (): Promise<void> => {
    for (const { id, board, memory, reporter } of devices) {
      const { agent } = liveOf(board);
      const wake = await checkInOver({ agent: agent!, url: gateway.coap!, device: id, memory, reporter });
      if (wake.fetched !== undefined) fetched.push(id);
      if (wake.activated) restart(board);
      for (let ticks = 0; ticks < 20; ticks++) tick(board, liveOf(board));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  };
  const until = async (what: string, holds: (view: readonly string[]) => boolean): Promise<void> => {
    for (const end = Date.now() + PATIENCE; ;) {
      const view = await viewOf(server);
      if (holds(view)) return;
      check(Date.now() < end, `${what}: never; the server says ${view.join(', ')}`);
      await round();
    }
  };
  try {
    const known = async (): Promise<number> =>
      ((await server.ask('GET', 'targets?limit=50')) as { total: number }).total;
    while ((await known()) < IDS.length) await round();
    await assign(server, '2', good.files);
    await until('success', (view) => view.every((one) => one === 'finished'));
    const groups = IDS.map((id) => id[0]).join('');
    same(fetched.map((id) => id[0]).join(''), groups, 'groups in the order of who fetched');
    same(new Set(fetched).size, IDS.length, 'devices that fetched');
    fetched.length = 0;
    await assign(server, '3', bad.files);
    await until('failure', (view) => view.includes(`error ${CHECK_FAILED}`));
    for (let more = 0; more < 15; more++) await round();
    const view = await viewOf(server);
    same(new Set(fetched).size, 1, `devices that fetched the bad one (${fetched.join(' ')})`);
    check(fetched[0]!.startsWith('t-'), `${fetched[0]} came before the test nodes`);
    same(view.filter((one) => one.startsWith('error')).length, 1, 'failures as the server has them');
    return `a good update to ${IDS.length} in the order of their groups; a bad one reached ${fetched[0]}, which went back; ${view.filter((one) => !one.startsWith('error')).length} wait`;
  } finally {
    await gateway.close();
    await server.kill();
  }
};

console.log(await rollout());
