/** What is fetched for whom, and what becomes of work whose release is not to be had. */
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import type { Inventory, Release, Releases, ReleaseSource, Work, WorkState } from '../../gateway/contract.ts';
import { openDispatch } from '../../gateway/dispatch.ts';
import { releaseError } from '../../gateway/fetch/error.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { entry, keyOf, MemoryDisk, releaseOf, workOf } from './_devices.ts';

const IDS = ['a', 'b', 'c'];
const PATIENCE = 20_000;

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + PATIENCE; !holds(); await pause(2))
    if (Date.now() > end) throw new Error(`${what}: never`);
};

/** As hawkBit gives it: one content, a URL for each device, the tenant's token. */
const given = (id: string, action = `action of ${id}`, title = 'app 2'): Work => {
  const source: ReleaseSource = {
    envelope: {
      url: `https://h/${id}/${title}.suit`,
      name: 'u.suit',
      sha256: 'e'.repeat(64),
      sizeMax: 4096,
      authorization: 'GatewayToken t',
    },
    files: [],
  };
  return { ...workOf(action, title), source };
};

interface Scene {
  readonly inventory: Inventory;
  readonly asked: ReleaseSource[];
  readonly there: Map<string, Release>;
  readonly pins: string[][];
  /** What the next questions are answered with. */
  answer: (source: ReleaseSource) => Release | Promise<Release>;
  state(id: string): WorkState | undefined;
}

const scene = async (
  t: ExecutionContext,
  more: { readonly disk?: MemoryDisk; readonly before?: (inventory: Inventory) => void } = {},
): Promise<Scene> => {
  const inventory = await openInventory({
    folder: 'memory',
    disk: more.disk ?? new MemoryDisk(),
    entries: IDS.map((id) => entry(id)),
    keyOf,
  });
  const scene: Scene = {
    inventory,
    asked: [],
    there: new Map(),
    pins: [],
    answer: () => releaseOf('app 2', 2),
    state: (id) => inventory.device(id)?.work?.state,
  };
  const releases: Releases = {
    async obtain(source) {
      scene.asked.push(source);
      const release = await scene.answer(source);
      scene.there.set(release.id, release);
      return release;
    },
    find: (id) => scene.there.get(id),
    all: () => [...scene.there.values()],
    downloads: () => [],
    close: () => Promise.resolve(),
  };
  more.before?.(inventory);
  const dispatch = openDispatch({
    inventory,
    releases,
    pin: (digests) => scene.pins.push([...digests]),
    again: 1,
    longest: 4,
  });
  t.teardown(async () => {
    await dispatch.close();
    await inventory.close();
  });
  return scene;
};

const refuse = (): never => {
  throw releaseError(Err.SourceRefused, 'HTTP 404');
};

test('one question for all', async (t) => {
  const { inventory, asked, state } = await scene(t);
  for (const id of IDS) inventory.wanted(id, given(id), 1);
  await until('ready', () => IDS.every((id) => state(id) === 'ready'));
  t.is(asked.length, 1);
});

test('after a restart nothing is asked for without what opens it, and no work fails for that', async (t) => {
  const disk = new MemoryDisk();
  const before = await openInventory({ folder: 'm', disk, entries: IDS.map((id) => entry(id)), keyOf });
  before.wanted('a', given('a'), 1);
  before.moved('a', 'fetching', 0, '', 1);
  await before.close();
  const now = await scene(t, { disk: new MemoryDisk(disk.cells) });
  now.answer = ({ envelope }) => (envelope.authorization === undefined ? refuse() : releaseOf('app 2', 2));
  now.inventory.moved('a', 'fetching', 0, 'still', 2);
  await now.inventory.saved();
  await pause(20);
  t.deepEqual(now.asked, []);
  now.inventory.wanted('a', given('a'), 3);
  await until('ready', () => now.state('a') === 'ready');
  t.is(now.asked.length, 1);
});

test("whose action was taken back does not make it fail for the others: the next one's door is tried", async (t) => {
  const now = await scene(t);
  now.answer = ({ envelope }) => (envelope.url.includes('/c/') ? releaseOf('app 2', 2) : refuse());
  for (const id of IDS) now.inventory.wanted(id, given(id), 1);
  await until('ready', () => IDS.every((id) => now.state(id) === 'ready'));
  t.is(now.asked.length, 3);
});

test('refused at every door it fails', async (t) => {
  const now = await scene(t);
  now.answer = refuse;
  for (const id of IDS) now.inventory.wanted(id, given(id), 1);
  await until('failed', () => IDS.every((id) => now.state(id) === 'failed'));
  t.is(now.asked.length, 3);
});

test('what nobody wants any more is not asked for again', async (t) => {
  const now = await scene(t);
  now.answer = () => {
    throw releaseError(Err.SourceLost, 'no answer');
  };
  now.inventory.wanted('a', given('a'), 1);
  await until('a second try', () => now.asked.length >= 2);
  now.inventory.wanted('a', undefined, 2);
  await now.inventory.saved();
  await pause(20);
  const { length } = now.asked;
  await pause(40);
  t.is(now.asked.length, length);
  now.answer = () => releaseOf('app 2', 2);
  now.inventory.wanted('a', given('a', 'again'), 3);
  await until('ready', () => now.state('a') === 'ready');
});

test('an error that nobody thought of is tried again, and stops nothing', async (t) => {
  const now = await scene(t);
  now.answer = () => {
    throw new TypeError('a mistake');
  };
  now.inventory.wanted('a', given('a'), 1);
  await until('a second try', () => now.asked.length >= 2);
  now.answer = () => releaseOf('app 2', 2);
  await until('ready', () => now.state('a') === 'ready');
  t.true(now.asked.length >= 3);
});

test('what is over is not pinned any more when the next release needs room', async (t) => {
  const now = await scene(t);
  now.inventory.wanted('a', given('a'), 1);
  await until('pinned', () => now.pins.at(-1)!.length > 0);
  now.inventory.moved('a', 'failed', 0, 'it says', 2);
  let pinned = -1;
  now.answer = () => {
    pinned = now.pins.at(-1)!.length;
    return releaseOf('app 3', 3);
  };
  const next = given('a', 'next', 'app 3');
  const envelope = { ...next.source.envelope, sha256: 'f'.repeat(64) };
  now.inventory.wanted('a', { ...next, source: { ...next.source, envelope } }, 3);
  await until('asked', () => pinned >= 0);
  t.is(pinned, 0);
});

const release = releaseOf('app 2', 2);
// Its state when the files were lost, what the server then says, the state that it comes to.
const lost: readonly (readonly [WorkState, 'the same' | 'refuses' | 'another', WorkState])[] = [
  ['ready', 'the same', 'ready'],
  ['ready', 'refuses', 'failed'],
  ['offered', 'the same', 'offered'],
  ['offered', 'refuses', 'failed'],
  ['offered', 'another', 'failed'],
];
for (const [from, says, to] of lost) {
  test(`a release whose files are gone, ${from}: fetched again; ${says}: ${to}`, async (t) => {
    const now = await scene(t);
    now.inventory.wanted('a', given('a'), 1);
    await until('ready', () => now.state('a') === 'ready');
    if (from !== 'ready') now.inventory.moved('a', from, 0, '', 2, release);
    now.there.clear();
    now.answer = () =>
      says === 'the same' ? release : says === 'another' ? releaseOf('app 2 signed anew', 2) : refuse();
    // Its check-in is what shows it.
    now.inventory.checkedIn('a', undefined, { link: 'coap', authenticated: false }, 3);
    await until(to, () => now.state('a') === to && now.asked.length === 2);
    t.is(now.there.has(release.id), says === 'the same');
  });
}
