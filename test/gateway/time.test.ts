/** What a gateway says of the time, and what devices say of when they wake: each believed as far as it goes. */
import { resolve } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Rank } from '../../hal/time/index.ts';
import type { Timekeeper } from '../../hal/time/index.ts';
import { uuidText } from '../../publisher/index.ts';
import { rigOpen } from '../time/_time.ts';
import { certificate } from '../http/_server.ts';
import { evilGateway } from './_evil.ts';
import type { Evil } from './_evil.ts';
import { published, statedUntil } from './_folder.ts';
import { folderScene } from './_folder-scene.ts';
import type { FolderScene } from './_folder-scene.ts';
import { classId, deviceNew, deviceWake, freezeOf, packed, vendor } from './_world.ts';
import type { Device } from './_world.ts';

const BUILT = 1_700_000_000;
const YEAR = 366 * 86_400;
const ids = { vendor: uuidText(vendor), classId: uuidText(classId) };
const TLS = 'test/http/certificates/server';

interface Room {
  readonly scene: FolderScene;
  readonly evil: Evil;
  readonly device: Device;
  readonly time: Timekeeper;
  wake(url?: string): ReturnType<typeof deviceWake>;
}

/** A board whose own clock does not move. */
const room = async (t: ExecutionContext, http: object, trustFrom?: number): Promise<Room> => {
  const scene = await folderScene(t, [{ id: 'a', ...ids }]);
  published(scene.server, 'lamps', packed(2, [1]), { statement: statedUntil(BUILT, 86_400) });
  await scene.open({ http: { port: 0, insecure: true, ...http } });
  const evil = await evilGateway(t, () => scene.gateway().http!);
  const device = deviceNew('a', packed(2, [1]));
  const { time } = rigOpen({ built: BUILT, trustFrom });
  const wake = (url: string = evil.url): ReturnType<typeof deviceWake> =>
    deviceWake(device, url, {
      timekeeper: time,
      seconds: () => 0,
      freeze: freezeOf(time),
      http: { ca: certificate('authority') },
    });
  return { scene, evil, device, time, wake };
};

const near = (time: Timekeeper): boolean => Math.abs(time.told() - Date.now() / 1000) < 600;

test('in the open it is the time of whoever answers: told, not trusted', async (t) => {
  const { time, wake } = await room(t, {}, Rank.Gateway);
  await wake();
  t.true(near(time));
  t.is(time.rank(), Rank.Server);
  t.false(time.trusted());
});

const SECURE: readonly (readonly [string, number | undefined, boolean])[] = [
  ['not trusted, unless the board says so', undefined, false],
  ['trusted where the board says so', Rank.Gateway, true],
];

for (const [name, trustFrom, trusted] of SECURE)
  test(`over TLS it is the gateway's: ${name}`, async (t) => {
    const cert = { cert: resolve(`${TLS}.pem`), key: resolve(`${TLS}.key.pem`) };
    const { scene, time, wake } = await room(t, cert, trustFrom);
    await wake(scene.gateway().http!);
    t.true(near(time));
    t.is(time.rank(), Rank.Gateway);
    t.is(time.trusted(), trusted);
  });

const LIES: readonly (readonly [string, number])[] = [
  ['before the firmware was built', BUILT - YEAR],
  ['eleven years ahead', BUILT + 11 * YEAR],
  ['none', 0],
];

for (const [name, seconds] of LIES)
  test(`not taken: a time ${name}`, async (t) => {
    const { evil, time, wake } = await room(t, {});
    evil.act = { orders: (real) => ({ ...real, time: seconds }) };
    t.is((await wake()).code, 0);
    t.true(evil.fired > 0);
    t.is(time.rank(), Rank.None);
  });

test('a time that is years ahead, by who is not trusted: no statement comes to its end by it', async (t) => {
  const { scene, evil, device, time, wake } = await room(t, {});
  evil.act = { orders: (real) => ({ ...real, time: BUILT + 5 * YEAR }) };
  await scene.until('there is a statement', [], async () => {
    await wake();
    return device.memory.statement !== undefined;
  });
  t.is(time.told(), BUILT + 5 * YEAR);
  t.false(time.trusted());
  await wake();
  t.regex(JSON.stringify((await scene.seen('a')).report), /StatementNotJudged/);
});

test("a device's own calendar: it is not called before, and expected then", async (t) => {
  const { scene, evil, device } = await room(t, {});
  const sleeps = 50_000;
  const woken = await deviceWake(device, evil.url, { facts: { sleeps } });
  t.true(woken.wake >= sleeps, `${woken.wake}`);
  const seen = (await scene.seen('a')) as { readonly lastSeen: number; readonly nextWake: number };
  t.is(seen.nextWake - seen.lastSeen, sleeps * 1000);
  // Without a calendar the gateway's word counts, and nobody says when it comes.
  const other = await deviceWake(device, evil.url);
  t.true(other.wake < sleeps);
  t.is(((await scene.seen('a')) as { readonly nextWake: number }).nextWake, 0);
});
