/**
 * hawkBit and simulated boards in three groups, behind a gateway or by themselves: a rollout of hawkBit's with a good
 * update, then one with a bad one. `exchange.js rollout|direct FOLDER`.
 */
import { liveOf, restart, tick } from '../../../bootloader-sim/index.ts';
import { openGateway } from '../../../gateway/gateway.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { checkInOver } from '../../../hal/node/check-in.ts';
import { deviceNew, gatewayWritten, packed } from '../../gateway/_world.ts';
import { check, same } from '../_peer.ts';
import { DirectDevice, factoryImage } from './direct.ts';
import { actionsOf, messagesOf, releaseUp, rolloutStart, rolloutUntil } from './rollout.ts';
import type { RolloutGroup } from './rollout.ts';
import { GATEWAY_TOKEN, startHawkbit } from './server.ts';
import type { Hawkbit } from './server.ts';

const folder = process.argv[3]!;
const COUNTS = { t: 5, s: 15, f: 30 } as const;
const IDS = Object.entries(COUNTS).flatMap(([group, count]) =>
  Array.from({ length: count }, (_, at) => `${group}-${at + 1}`),
);
const GROUPS = [
  { name: 'test-nodes', devices: ['t-*'], together: 1 },
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

/** A rollout in the order of the groups: each waits for the whole of the one before it. */
const STAGES: readonly RolloutGroup[] = Object.keys(COUNTS).map((group) => ({
  name: group,
  query: `id==${group}-*`,
  success: 100,
  error: 10,
}));

interface World {
  readonly server: Hawkbit;
  /** Each device once. */
  readonly round: () => Promise<void>;
  /** Who has begun to fetch, in order. */
  readonly fetched: string[];
}

const known = async ({ server, round }: World): Promise<void> => {
  const total = async (): Promise<number> =>
    ((await server.ask('GET', 'targets?limit=50')) as { total: number }).total;
  while ((await total()) < IDS.length) await round();
};

/** A good one to all, then a bad one that stops at the first group; as hawkBit has it. */
const goodThenBad = async (world: World): Promise<{ goodSeconds: number; bad: string[] }> => {
  const { server, round, fetched } = world;
  const begun = Date.now();
  const first = await rolloutStart(server, await releaseUp(server, '2', good.files), STAGES);
  const ran = await rolloutUntil(server, first, 'finished', round);
  const goodSeconds = Math.round((Date.now() - begun) / 1000);
  same(Object.values(ran.groups).join(), 'finished,finished,finished', 'groups of the good one');
  check(
    (await actionsOf(server, IDS)).every((one) => one === 'finished'),
    'actions of the good one',
  );
  const order = [...new Set(fetched)].map((id) => id[0]).join('');
  same(order, IDS.map((id) => id[0]).join(''), 'groups in the order of who fetched');
  fetched.length = 0;
  const second = await rolloutStart(server, await releaseUp(server, '3', bad.files), STAGES);
  const stopped = await rolloutUntil(server, second, 'paused', round);
  for (let more = 0; more < 5; more++) await round();
  same(
    JSON.stringify(stopped.groups),
    JSON.stringify({ t: 'error', s: 'scheduled', f: 'scheduled' }),
    'groups',
  );
  return { goodSeconds, bad: [...new Set(fetched)] };
};

/** What hawkBit says of who was given the bad one: those, and nobody else, with the agent's code. */
const failedAt = async (server: Hawkbit, reached: readonly string[]): Promise<void> => {
  const view = await actionsOf(server, IDS);
  const failed = IDS.filter((_, at) => view[at] === `error ${CHECK_FAILED}`);
  same(failed.join(), [...reached].sort().join(), `failures as the server has them (${view.join(', ')})`);
  const others = view.filter((one) => !one.startsWith('error'));
  // `none`: 0.3 says nothing of an action that is scheduled.
  const untouched = ['scheduled', 'finished', 'none'];
  check(
    others.every((one) => untouched.includes(one)),
    `the others: ${others.join(', ')}`,
  );
};

const rollout = async (): Promise<string> => {
  const server = await startHawkbit(process.env['FLIPSIDE_PEER_HAWKBIT'], folder);
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
  const world = { server, round, fetched };
  try {
    await known(world);
    const { bad: reached, goodSeconds } = await goodThenBad(world);
    same(reached.length, 1, `devices that fetched the bad one (${reached.join(' ')})`);
    check(reached[0]!.startsWith('t-'), `${reached[0]} came before the test nodes`);
    await failedAtGateway(server, reached[0]!);
    return `by hawkBit's rollout a good update to ${IDS.length} in the order of their groups, in ${goodSeconds} s; a bad one reached ${reached[0]}, which went back, and the rollout paused`;
  } finally {
    await gateway.close();
    await server.kill();
  }
};

/** The gateway lets one test node begin at a time: the others of the group wait, and hawkBit sees them wait. */
const failedAtGateway = async (server: Hawkbit, reached: string): Promise<void> => {
  const view = await actionsOf(server, IDS);
  same(
    IDS.filter((_, at) => view[at]!.startsWith('error')).join(),
    reached,
    'failures as the server has them',
  );
};

const direct = async (): Promise<string> => {
  const server = await startHawkbit(process.env['FLIPSIDE_PEER_HAWKBIT'], folder);
  const fetched: string[] = [];
  const targets = IDS.map((id) => ({ controllerId: id, name: id, securityToken: `token-of-${id}` }));
  await server.ask('POST', 'targets', targets);
  const image = factoryImage(factory);
  const devices = targets.map(
    ({ controllerId: id, securityToken: token }) =>
      new DirectDevice({
        id,
        token,
        url: `${server.url}/DEFAULT/controller/v1/${id}`,
        image,
        bad,
        onFetch: (one) => void fetched.push(one),
      }),
  );
  const round = async (): Promise<void> => {
    for (const device of devices) await device.wake();
  };
  const world = { server, round, fetched };
  try {
    await round();
    const { bad: reached, goodSeconds } = await goodThenBad(world);
    same(
      reached.join(),
      IDS.filter((id) => id.startsWith('t-')).join(),
      'devices that were given the bad one',
    );
    await failedAt(server, reached);
    check(
      devices.every(({ sequence }) => sequence === good.sequence),
      'all run the good one',
    );
    const words = await messagesOf(server, reached[0]!);
    check(
      words.some((line) => /the device went back/.test(line)),
      words.join(' | '),
    );
    return `by hawkBit's rollout a good update to ${IDS.length} that speak DDI themselves, in the order of their groups, in ${goodSeconds} s; a bad one reached the ${reached.length} of the first, which went back and said so: the rollout paused, ${IDS.length - reached.length} were not touched`;
  } finally {
    for (const device of devices) device.close();
    await server.kill();
  }
};

const SCENARIOS: Readonly<Record<string, () => Promise<string>>> = { rollout, direct };
console.log(await SCENARIOS[process.argv[2]!]!());
