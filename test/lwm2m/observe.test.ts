import test from 'ava';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { Access, Kind } from '../../hal/lwm2m/index.ts';
import type { Lwm2mObject } from '../../hal/lwm2m/index.ts';
import { World } from './_world.ts';

const PATH = '3303/0/5700';

interface Sensor {
  readonly world: World;
  readonly notes: () => readonly string[];
  set(value: number): void;
}

/** A sensor whose value a server observes, with these attributes. */
const sensorOf = (
  attributes: readonly string[],
  path = PATH,
  options: { storing?: boolean } = {},
): Sensor => {
  let value = 20;
  const object: Lwm2mObject = {
    id: 3303,
    version: '',
    rows: [{ id: 5700, type: Kind.Float, access: Access.Read, multiple: false }],
    instances: [0],
    read: (_, __, ___, into) => {
      into.kind = Kind.Float;
      into.number = value;
      return 0;
    },
    write: () => Code.MethodNotAllowed,
    execute: () => Code.MethodNotAllowed,
  };
  const world = new World({ objects: [object] });
  world.registers();
  if (options.storing === false)
    world.server.ask({ method: Code.Put, path: '1/0/6', format: 0, payload: '0' });
  if (attributes.length > 0) world.server.ask({ method: Code.Put, path, query: attributes });
  world.server.ask({ method: Code.Get, path: PATH, observe: 0 });
  return {
    world,
    notes: () => world.server.notes.get(PATH)!,
    set(to) {
      value = to;
      world.device.client!.changed(3303, 0, 5700);
    },
  };
};

// attributes, values set a second apart, values that are told
const CONDITIONS: readonly (readonly [string, readonly string[], readonly number[], readonly string[]])[] = [
  ['none: each change', [], [21, 22], ['21', '22']],
  ['gt: over it, and back under it', ['gt=25'], [24, 26, 27, 25, 24], ['26', '25']],
  ['lt: under it, and back over it', ['lt=15'], [16, 14, 13, 15], ['14', '15']],
  ['st: so far from what was told last', ['st=2'], [21, 21.9, 22, 23, 24.5], ['22', '24.5']],
  ['gt and lt', ['gt=25', 'lt=15'], [26, 20, 14, 20], ['26', '20', '14', '20']],
  ['gt or st', ['gt=21', 'st=5'], [21.5, 22, 26.5], ['21.5', '26.5']],
];

for (const [name, attributes, values, told] of CONDITIONS) {
  test(name, (t) => {
    const { world, notes, set } = sensorOf(attributes);
    for (const value of values) {
      set(value);
      world.pass(1000);
    }
    t.deepEqual(notes(), told);
  });
}

test('pmin holds back, and tells the last value', (t) => {
  const { world, notes, set } = sensorOf(['pmin=10']);
  for (const value of [21, 22, 23]) {
    set(value);
    world.pass(1000);
  }
  t.deepEqual(notes(), []);
  world.pass(8000);
  t.deepEqual(notes(), ['23']);
});

test('pmax tells what did not change', (t) => {
  const { world, notes } = sensorOf(['pmax=10']);
  world.pass(35_000);
  t.deepEqual(notes(), ['20', '20', '20']);
});

test('a longest period below the shortest does not count', (t) => {
  const { world, notes } = sensorOf(['pmin=10', 'pmax=5']);
  world.pass(60_000);
  t.deepEqual(notes(), []);
});

test('attributes of the instance count where the resource has none', (t) => {
  const { world, notes, set } = sensorOf(['pmin=10'], '3303/0');
  set(21);
  world.pass(5000);
  t.deepEqual(notes(), []);
  world.server.ask({ method: Code.Put, path: PATH, query: ['pmin=0'] });
  world.pass(1000);
  t.deepEqual(notes(), ['21']);
});

test('the periods of the server account count where nothing else is set', (t) => {
  const { world, notes } = sensorOf([]);
  world.server.ask({ method: Code.Put, path: '1/0/3', format: 0, payload: '10' });
  world.pass(15_000);
  t.deepEqual(notes(), ['20']);
});

test('an attribute is taken back', (t) => {
  const { world, notes } = sensorOf(['pmax=10']);
  t.is(world.server.ask({ method: Code.Get, path: PATH, accept: 40 }).text, `</${PATH}>;pmax=10`);
  world.server.ask({ method: Code.Put, path: PATH, query: ['pmax'] });
  t.is(world.server.ask({ method: Code.Get, path: PATH, accept: 40 }).text, `</${PATH}>`);
  world.pass(30_000);
  t.deepEqual(notes(), []);
});

test('an observation ends by a reset', (t) => {
  const { world, notes, set } = sensorOf([]);
  set(21);
  world.pass(1000);
  t.deepEqual(notes(), ['21']);
  // The server forgets it: what comes next is answered with a reset.
  world.server.forget(PATH);
  const { sent } = world.server.link.counts;
  set(22);
  world.pass(1000);
  t.is(world.server.link.counts.sent, sent + 2, 'a notification, and the reset');
  set(23);
  world.pass(100_000);
  t.is(world.server.link.counts.sent, sent + 2, 'no more after it');
});

test('there is room for so many; one more is answered, and not observed', (t) => {
  const world = new World({ observations: 2 });
  world.registers();
  const there = ['3/0/0', '3/0/1', '3/0/2'].map((path) =>
    world.server.ask({ method: Code.Get, path, observe: 0 }).options.has(Option.Observe),
  );
  t.deepEqual(there, [true, true, false]);
});

test('with a new registration the old observations are gone', (t) => {
  const { world, notes, set } = sensorOf(['pmax=20']);
  world.server.refuse = ({ line }) => (line.startsWith('POST /rd/') ? Code.NotFound : undefined);
  world.server.ask({ method: Code.Post, path: '1/0/8' });
  world.registers();
  set(25);
  world.pass(60_000);
  t.deepEqual(notes(), []);
  t.is(
    world.server.ask({ method: Code.Get, path: PATH, accept: 40 }).text,
    `</${PATH}>`,
    'attributes are gone too',
  );
});

test('a notification that is lost is sent again, and its number rises', (t) => {
  const { world, notes, set } = sensorOf([]);
  world.server.silent = true;
  set(21);
  world.pass(3000);
  world.server.silent = false;
  world.pass(30_000);
  t.deepEqual(notes(), ['21']);
});

test('a server that does not acknowledge is asked whether it knows the device still', (t) => {
  const { world, set } = sensorOf([]);
  const before = world.server.lines.length;
  world.server.silent = true;
  set(21);
  world.pass(250_000);
  world.server.silent = false;
  t.true(world.run(() => world.server.lines.length > before, 600_000));
});
