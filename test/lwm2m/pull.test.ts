import test from 'ava';
import * as Err from '../../agent/err.ts';
import { deliver } from '../../bootloader-sim/index.ts';
import { Code } from '../../hal/coap/numbers.ts';
import { Protocol } from '../../hal/lwm2m/index.ts';
import type { FetchPort } from '../../hal/lwm2m/index.ts';
import { good, registered, observed, execute, write, settles, block } from './_firmware.ts';
import type { World, WorldOptions } from './_world.ts';

const { Post } = Code;

interface Fetching {
  readonly uris: string[];
  cancelled: number;
  /** Ends the fetch under way: the bundle is taken as it would be, or a code. */
  end(world: World, how: Uint8Array | number): void;
  readonly port: NonNullable<WorldOptions['fetch']>;
}

const fetching = (): Fetching => {
  let finish: (code: number, now: number) => void = () => undefined;
  const self: Fetching = {
    uris: [],
    cancelled: 0,
    end(world, how) {
      finish(typeof how === 'number' ? how : deliver(world.board, how, { mode: 'range' }).code, world.now);
    },
    port: (_, __, done): FetchPort => {
      finish = done;
      return {
        protocols: [Protocol.Coap, Protocol.Http],
        begin: (uri) => (self.uris.push(uri), 0),
        cancel: () => self.cancelled++,
      };
    },
  };
  return self;
};

test('a pull: the driver is given the URI, and its end is the state', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port });
  observed(world);
  t.is(world.server.read('5/0/9').text, '2', 'push and pull');
  t.is(write(world, 'coap://origin/2.suit'), '2.04');
  world.pass(100);
  t.deepEqual(fetch.uris, ['coap://origin/2.suit']);
  t.is(world.server.firmware, '1 0');
  t.is(world.server.read('5/0/1').text, 'coap://origin/2.suit');
  t.is(write(world, 'coap://origin/3.suit'), '4.05', 'one at a time');
  t.is(block(world, 0), '4.05', 'and no push beside it');
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
  t.is(execute(world, 2), '2.04');
  settles(t, world, '0 1', '2');
  t.deepEqual(world.server.notes.get('5/0/3'), ['1', '2', '3']);
});

// URI, code of the answer, state and result
const URIS: readonly (readonly [string, string])[] = [
  ['ftp://origin/x', '0 9'],
  ['https://origin/x', '0 9'],
  ['coaps+tcp://origin/x', '0 9'],
  ['origin/x', '0 7'],
  ['://x', '0 7'],
  ['coap://', '0 7'],
  ['coap://or igin/x', '0 7'],
];

for (const [uri, firmware] of URIS) {
  test(`a URI that is not followed: ${uri}`, (t) => {
    const fetch = fetching();
    const world = registered({ fetch: fetch.port });
    t.is(write(world, uri), '2.04');
    t.is(world.server.firmware, firmware);
    t.deepEqual(fetch.uris, []);
    t.is(world.server.read('5/0/1').text, '');
  });
}

test('a URI that is too long', (t) => {
  const world = registered({ fetch: fetching().port });
  t.is(write(world, `coap://${'x'.repeat(260)}`), '4.00');
  t.is(world.server.firmware, '0 0');
});

const ENDS: readonly (readonly [number, string])[] = [
  [Err.SourceLost, '0 4'],
  [Err.SourceRefused, '0 7'],
  [Err.SignatureWrong, '0 5'],
  [Err.WrongClass, '0 6'],
  [Err.ImageTooLarge, '0 2'],
  [Err.CoapTooLong, '0 3'],
  [Err.FlashFailed, '0 8'],
];

for (const [code, firmware] of ENDS) {
  test(`a pull that ends with ${code}`, (t) => {
    const fetch = fetching();
    const world = registered({ fetch: fetch.port });
    write(world, 'coap://origin/2.suit');
    world.pass(100);
    fetch.end(world, code);
    t.is(world.server.firmware, firmware);
  });
}

test('a pull that the board puts off is tried again, and stays Downloading', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port, deferRetry: 30 });
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  fetch.end(world, Err.EnergyLow);
  t.is(world.server.firmware, '1 0');
  world.pass(31_000);
  t.is(fetch.uris.length, 2);
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
});

test('cancel and reset end a pull', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port });
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  t.is(execute(world, 10), '2.04');
  t.is(fetch.cancelled, 1);
  fetch.end(world, Err.SourceLost);
  t.is(world.server.firmware, '0 10', 'what the driver says afterwards does not count');
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  write(world, '');
  t.is(fetch.cancelled, 2);
  t.is(world.server.firmware, '0 0');
});

test('a reset in mid-pull: it is fetched again; in mid-push: the connection is lost', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port });
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  world.pass(100);
  t.deepEqual(fetch.uris, ['coap://origin/2.suit', 'coap://origin/2.suit']);
  t.is(world.server.firmware, '1 0');
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  world.pass(100);
  t.is(fetch.uris.length, 3, 'what was downloaded has to be shown again');
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
  write(world, '');
  block(world, 0);
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  t.is(world.server.firmware, '0 4');
});
