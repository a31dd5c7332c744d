/** The device over HTTP: requests, fetches, tokens and links of Node, on a simulated board. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { liveOf, restart, tick } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { POLL_BOUNDS } from '../../hal/hawkbit/index.ts';
import { keepMemory } from '../../hal/node/keep.ts';
import { openHawkbitDevice, runHawkbit } from '../../hal/node/hawkbit-device.ts';
import type { HawkbitDeviceOptions } from '../../hal/node/hawkbit-device.ts';
import { factory } from '../bootloader-sim/_real.ts';
import { fakeDdi } from './_server.ts';
import type { FakeDdi } from './_server.ts';
import { files, good, image } from './_world.ts';

interface Lived {
  readonly board: Board;
  readonly troubles: string[];
  requests: number;
}

/** So many boots at most, each with as many contacts and ticks as it takes, until it is settled. */
const live = async (
  { url }: { readonly url: string },
  more: Partial<HawkbitDeviceOptions> = {},
  settles = true,
): Promise<Lived> => {
  const board = factory(image(1));
  const lived: Lived = { board, troubles: [], requests: 0 };
  const keep = keepMemory();
  let now = 1;
  for (let boots = 0; boots < 4; boots++) {
    const { agent, cycle } = liveOf(board);
    const device = openHawkbitDevice({
      url,
      token: 'secret',
      agent: agent!,
      keep,
      bounds: { ...POLL_BOUNDS, jitter: 0 },
      restart: () => restart(board),
      alive: () => cycle.ended === undefined,
      now: () => now,
      onTrouble: (words) => void lived.troubles.push(words),
      ...more,
    });
    let done = false;
    for (let contacts = 0; contacts < 6 && !done; contacts++) {
      const wait = await device.contact();
      done = cycle.ended !== undefined || (settles && device.client.settled());
      for (let ticks = 0; ticks < 5 && !done; ticks++) tick(board, liveOf(board));
      now += Math.min(wait, 60_000);
    }
    if (done && cycle.ended === undefined) boots = 4;
    lived.requests += device.requests;
    device.close();
  }
  return lived;
};

const statuses = ({ told }: FakeDdi): string[] =>
  told.flatMap(({ body: { status } }) =>
    status === undefined ? [] : [`${status.execution} ${status.result.finished}`],
  );

const sequenceOf = (board: Board): number => {
  const { agent, status } = liveOf(board);
  agent!.status(status);
  return status.sequence;
};

test('an update over HTTP, with the token at the configured origin and nowhere else', async (t) => {
  const server = await fakeDdi();
  try {
    server.wantsConfig = true;
    server.assign({ id: '7', files: files(good) });
    const { board, troubles } = await live(server, { attributes: () => [['board', 'tiny']] });
    t.deepEqual(troubles, []);
    t.deepEqual(statuses(server), [
      'download none',
      'downloaded none',
      'proceeding none',
      'proceeding none',
      'closed success',
    ]);
    t.is(sequenceOf(board), 2);
    t.true(server.asked.every(({ authorization }) => authorization === 'TargetToken secret'));
    const data = server.told.filter(({ path }) => path === '/configData');
    t.like(data[0]!.body.data, { sequence: '1', accepted: '1', floor: '0', board: 'tiny' });
    t.like(data.at(-1)!.body.data, { sequence: '2', accepted: '2' });
  } finally {
    await server.close();
  }
});

test('runHawkbit: by its own timers, until it is closed', async (t) => {
  const server = await fakeDdi();
  const { agent } = liveOf(factory(image(1)));
  let restarted = (): void => undefined;
  const restarts = new Promise<void>((resolve) => (restarted = resolve));
  server.assign({ id: '7', files: files(good) });
  const running = runHawkbit({
    url: server.url,
    token: 'secret',
    agent: agent!,
    keep: keepMemory(),
    bounds: { ...POLL_BOUNDS, least: 0 },
    restart: () => restarted(),
  });
  try {
    await restarts;
    t.deepEqual(statuses(server), ['download none', 'downloaded none', 'proceeding none']);
    t.is(running.client.action(), '7');
    running.close();
    const asked = server.asked.length;
    running.poke();
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.is(server.asked.length, asked);
  } finally {
    running.close();
    await server.close();
  }
});

test('a payload that is not among the files that came with the envelope: no other place is tried', async (t) => {
  const server = await fakeDdi();
  try {
    server.assign({ id: '7', files: { 'update.suit': good.envelope } });
    const { board, troubles } = await live(server);
    t.deepEqual(statuses(server), ['download none', 'closed failure']);
    t.is(server.told.at(-1)!.body.status!.code, Err.NothingToInstall);
    t.regex(troubles[0]!, /not among the files/);
    t.is(sequenceOf(board), 1);
  } finally {
    await server.close();
  }
});

test('a server that is not there, and a token that it does not know', async (t) => {
  const server = await fakeDdi();
  const stranger = await live(server, { token: 'other' }, false);
  t.true(stranger.troubles.every((words) => words.endsWith('HTTP 401')));
  t.true(stranger.troubles.length > 2);
  const { url } = server;
  await server.close();
  const lost = await live({ url }, {}, false);
  t.regex(lost.troubles[0]!, /ECONNREFUSED/);
});
