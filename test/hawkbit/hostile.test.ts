/** A server that is out to wear a device out, or to have it say or do what was meant for another action. */
import test from 'ava';
import { Answer } from '../../agent/codes.ts';
import { PATH } from './_desk.ts';
import type { DdiReply } from './_desk.ts';
import { bad, files, good, ORIGIN, World } from './_world.ts';
import type { WorldOptions } from './_world.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const LEAST = 5;
const BASE = `GET ${PATH}`;

const json = (document: object): DdiReply => ({ status: 200, text: JSON.stringify(document) });
const baseOf = (kind: string, id: number): DdiReply =>
  json({
    config: { polling: { sleep: '00:00:00' } },
    _links: { [kind]: { href: `${ORIGIN}${PATH}/${kind}/${id}` } },
  });
const artifactsOf = (names: readonly string[]): object[] =>
  names.map((filename) => ({
    filename,
    _links: { 'download-http': { href: `${ORIGIN}${PATH}/files/${filename}` } },
  }));
const deploymentOf = (id: number | string, names: readonly string[], kind = 'deployment'): DdiReply =>
  json({ id, [kind]: { download: 'forced', update: 'skip', chunks: [{ artifacts: artifactsOf(names) }] } });

/** With each question another action of `kind`, and whatever is said of one is taken. */
const everNew = (kind: string, names: readonly string[], serve: () => ReturnType<typeof files>) => {
  let id = 0;
  return (line: string): DdiReply => {
    if (line === BASE) return baseOf(kind, ++id);
    const name = /\/files\/(.+)$/.exec(line)?.[1];
    const bytes = name === undefined ? undefined : serve()[name];
    if (name !== undefined) return bytes === undefined ? { status: 404 } : { status: 200, bytes };
    if (!line.startsWith('GET')) return { status: 200 };
    return deploymentOf(id, names, kind === 'confirmationBase' ? 'confirmation' : 'deployment');
  };
};

const yes: WorldOptions = { confirm: () => Answer.Yes };
const suit = ['update.suit', ...Object.keys(files(good)).filter((name) => name !== 'update.suit')];
const other = Object.keys(files(bad)).filter((name) => name !== 'update.suit');
const altered = (): ReturnType<typeof files> =>
  Object.fromEntries(
    Object.entries(files(good)).map(([name, bytes]) => [
      name,
      name === 'update.suit' ? bytes : bytes.map((byte, at) => (at === bytes.length - 9 ? byte ^ 1 : byte)),
    ]),
  );

// what it does, options, what it answers
const WEAR: readonly (readonly [string, WorldOptions, () => (line: string) => DdiReply])[] = [
  ['assigns what has no file', {}, () => everNew('deploymentBase', [], () => ({}))],
  ['assigns files that are not there', {}, () => everNew('deploymentBase', suit, () => ({}))],
  ['asks the owner, who says yes', yes, () => everNew('confirmationBase', suit, () => ({}))],
  ['spoils the end of each payload', {}, () => everNew('deploymentBase', suit, altered)],
  [
    'assigns two releases by turns',
    {},
    () => {
      let turn = 0;
      const one = everNew('deploymentBase', [...suit, ...other], () => ({
        ...files(good),
        ...files(bad),
        'update.suit': (turn++ % 2 === 0 ? good : bad).envelope,
      }));
      return one;
    },
  ],
];
for (const [what, options, hostile] of WEAR)
  test(`a server that ${what}, ever anew and without a pause: few requests, few writes`, (t) => {
    const world = new World(options);
    const wear = (): number[] => Object.values(world.board.flash.devices).flatMap((one) => [...one.wear]);
    world.pass(60 * SECOND);
    const before = { wear: wear(), writes: world.keepFlash.programs };
    world.refuse = hostile();
    world.pass(HOUR);
    const { requests } = world;
    const records = world.keepFlash.programs - before.writes;
    // Of the sector that is erased most.
    const erases = Math.max(...wear().map((count, at) => count - before.wear[at]!));
    t.log(`${requests} requests, ${records} records, ${erases} erases`);
    t.true(requests > 20, 'it asks on');
    t.true(requests <= (HOUR / SECOND / LEAST) * 4, `${requests} requests`);
    t.true(records <= 200, `${records} records`);
    t.true(erases <= 40, `${erases} erases`);
    // It is a device of its server still.
    world.refuse = () => undefined;
    world.desk.assign({ id: '900000', files: files(good) });
    t.true(
      world.run(() => world.told.at(-1) === 'closed success', HOUR),
      world.told.join(),
    );
    t.deepEqual(world.wrong, []);
  });

test('while it fetches, the server talks of other actions, and breaks off: what was fetched stays what it was', (t) => {
  const world = new World({ confirm: () => Answer.Later });
  world.desk.assign({ id: '7', files: files(good), update: 'skip' });
  t.true(world.run(() => world.receiving && world.sent > 0));
  let asked = false;
  world.refuse = (line) => {
    if (line === BASE) {
      const { text } = world.desk.answer('GET', PATH, '');
      const base = JSON.parse(text!) as { _links: Record<string, object> };
      base._links['confirmationBase'] = { href: `${ORIGIN}${PATH}/confirmationBase/8` };
      return json(base);
    }
    if (line.includes('/confirmationBase/8')) {
      asked = true;
      return deploymentOf(8, ['update.suit'], 'confirmation');
    }
    // Gone for the moment.
    return line.includes('/deploymentBase/7?') ? { status: 404 } : undefined;
  };
  world.client.poke(world.now);
  t.true(world.run(() => asked));
  t.true(world.receiving, 'it came in the middle');
  world.pass(30 * SECOND);
  t.is(world.client.action(), '7', 'what the owner was not heard on is not begun');
  t.deepEqual(world.told.slice(0, 2), ['download', 'downloaded']);
});

test('an answer that is half right, and the end of the fetch behind it: no action without an id', (t) => {
  const world = new World();
  world.desk.assign({ id: '7', files: files(good), update: 'skip' });
  t.true(world.run(() => world.receiving && world.sent > 0));
  let broken = false;
  world.refuse = (line) => {
    if (!line.startsWith('GET') || !line.includes('/deploymentBase/')) return undefined;
    broken = true;
    return deploymentOf('../x', ['update.suit']);
  };
  world.client.poke(world.now);
  t.true(world.run(() => broken));
  world.pass(60 * SECOND);
  t.is(world.client.action(), '7');
  t.true(
    world.lines.every((line) => !line.includes('//')),
    world.lines.join(),
  );
  t.true(world.requests < 100, `${world.requests} requests`);
});

test('a link to what is taken back that leads nowhere: the end of an action is told to that action', (t) => {
  const world = new World();
  world.desk.assign({ id: '7', files: files(good) });
  t.true(world.run(() => world.receiving && world.sent > 0));
  world.refuse = (line) => {
    if (line === BASE) {
      const { text } = world.desk.answer('GET', PATH, '');
      const base = JSON.parse(text!) as { _links: Record<string, object> };
      base._links['cancelAction'] = { href: `${ORIGIN}${PATH}/cancelAction/7` };
      return json(base);
    }
    return line.startsWith('GET') && line.includes('/cancelAction/') ? { status: 500 } : undefined;
  };
  world.client.poke(world.now);
  world.pass(120 * SECOND);
  t.true(world.lines.some((line) => line.startsWith('GET') && line.includes('/cancelAction/')));
  t.deepEqual(
    world.lines.filter((line) => line.startsWith('POST') && line.includes('/cancelAction/')),
    [],
  );
  t.is(world.told[1], 'downloaded');
});

test('what the server has no room for is passed over: the device takes its update all the same', (t) => {
  for (const status of [403, 429]) {
    const world = new World();
    world.refuse = (line) => (line.startsWith('POST') ? { status } : undefined);
    world.desk.assign({ id: '7', files: files(good) });
    t.true(
      world.run(() => world.sequence === 2, HOUR),
      `${status}`,
    );
    t.deepEqual(world.told, []);
    world.refuse = () => undefined;
    t.true(world.settles());
    t.is(world.told.at(-1), 'closed success');
  }
});

test('a server that asks at each contact what the device is wears no record out', (t) => {
  const world = new World();
  world.desk.wantsConfig = true;
  world.pass(60 * SECOND);
  const { programs } = world.keepFlash;
  world.refuse = (line) => {
    if (line === BASE) world.desk.wantsConfig = true;
    return undefined;
  };
  world.pass(600 * SECOND);
  t.true(world.lines.filter((line) => line.startsWith('PUT')).length > 20);
  t.is(world.keepFlash.programs, programs);
});
