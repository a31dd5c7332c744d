import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Endpoint } from '../../hal/coap/contract.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import {
  Asked,
  observeAsked,
  observerNext,
  observerNotify,
  observersAdd,
  observersNew,
  observersRemove,
  observersReset,
} from '../../hal/coap/observers.ts';
import type { Observers } from '../../hal/coap/observers.ts';
import { writePayload, writeText, writeUint } from '../../hal/coap/writer.ts';
import { bare, pairOf, peerOf, requestOf } from './_rig.ts';
import type { Bare } from './_rig.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A server whose resources are counters, each by its path. */
const serverOf = (open: (options: Partial<Parameters<typeof bare>[0]>) => Endpoint, places = 2) => {
  const lost: string[] = [];
  const state = { value: 0, observers: undefined as unknown as Observers, lost };
  const endpoint = open({
    outgoing: [64, 64, 64],
    serve: (incoming, reply) => {
      const asked = observeAsked(incoming.message);
      if (asked === Asked.End) observersRemove(state.observers, incoming);
      const one = asked === Asked.Begin ? observersAdd(state.observers, incoming, 'value') : null;
      reply.code = Code.Content;
      if (one) writeUint(reply.writer, Option.Observe, observerNext(one));
      const payload = text(String(state.value));
      writePayload(reply.writer, payload, 0, payload.length);
    },
    reset: (peer, id) => observersReset(state.observers, peer, id),
  });
  state.observers = observersNew(
    endpoint,
    {
      write: (w, observer) => {
        writeUint(w, Option.Observe, observer.sequence);
        const payload = text(String(state.value));
        writePayload(w, payload, 0, payload.length);
      },
      lost: (observer, code) => lost.push(`${observer.resource} ${code}`),
    },
    places,
  );
  const notify = (value: number, now: number, confirmable = true): number[] => {
    state.value = value;
    return state.observers.list.map((one) => observerNotify(state.observers, one, confirmable, now));
  };
  return { state, notify };
};

const rigOf = (): ReturnType<typeof serverOf> & { rig: Bare } => {
  let rig!: Bare;
  const server = serverOf((options) => (rig = bare(options)).endpoint);
  return { rig, ...server };
};

const begin = '4101000a bb 60';

test('an observation begins with its answer, and has a notification for each change', (t) => {
  const { rig, notify } = rigOf();
  rig.receive(begin);
  notify(5, 10);
  rig.receive('60000001', 20);
  notify(6, 30, false);
  t.deepEqual(rig.out, ['6145000abb6101ff30', '41450001bb6102ff35', '51450002bb6103ff36']);
});

test('a notification under way is not overtaken: the next has the state of when it goes out', (t) => {
  const { rig, notify } = rigOf();
  rig.receive(begin);
  for (const value of [1, 2, 3]) notify(value, 10);
  t.is(rig.out.length, 2);
  rig.receive('60000001', 20);
  t.deepEqual(rig.out.slice(2), ['41450002bb6103ff33']);
  rig.receive('60000002', 30);
  t.is(rig.out.length, 3, 'and nothing more');
});

// name, what comes after the first notification, what is told
const ENDS: readonly (readonly [string, (rig: Bare) => void, readonly string[]])[] = [
  ['reset', (rig) => rig.receive('70000001'), [`value ${Err.CoapReset}`]],
  [
    'never acknowledged',
    (rig) => {
      for (let now = 0; now < 200_000; now += 500) rig.endpoint.tick(now);
    },
    [`value ${Err.CoapTimeout}`],
  ],
  ['the peer ends it', (rig) => rig.receive('4101000b bb 6101'), []],
];

for (const [name, end, lost] of ENDS) {
  test(`an observation ends: ${name}`, (t) => {
    const { rig, notify, state } = rigOf();
    rig.receive(begin);
    notify(1, 0);
    end(rig);
    t.deepEqual(state.lost, [...lost]);
    const before = rig.out.length;
    notify(2, 300_000);
    t.is(rig.out.length, before, 'nothing is sent any more');
    t.true(state.observers.list.every((one) => one.peer === null));
  });
}

test('a reset of a notification that asked for no confirmation ends it too', (t) => {
  const { rig, notify, state } = rigOf();
  rig.receive(begin);
  notify(1, 0, false);
  rig.receive('70000009');
  t.deepEqual(state.lost, [], 'of another message');
  rig.receive('70000001');
  t.deepEqual(state.lost, [`value ${Err.CoapReset}`]);
});

test('asked again, by the same token or by another, it is the same observation; others find no room', (t) => {
  const { rig, state } = rigOf();
  rig.receive(begin);
  rig.receive('4101000c bb 60');
  rig.receive('4101000d cc 60');
  t.is(state.observers.list.filter((one) => one.peer !== null).length, 1);
  rig.receive('4101000e bb 60', 0, peerOf());
  rig.receive('4101000f bb 60', 0, peerOf());
  t.is(rig.out.at(-1), '6145000fbbff30', 'answered, without Observe');
});

test('over a lossy link the observer comes to know the last state, and the server gets rid of one that has gone', (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const holder: { endpoint?: Endpoint } = {};
    const values: string[] = [];
    const serve: Parameters<typeof bare>[0] = {};
    const server = serverOf((options) => {
      Object.assign(serve, options);
      return {
        request: (request, now) => holder.endpoint!.request(request, now),
        respond: (response, now) => holder.endpoint!.respond(response, now),
        cancel: (handle) => holder.endpoint!.cancel(handle),
      } as Endpoint;
    });
    const pair = pairOf({ seed, loss: 0.1, repeat: 0.1, reorder: 0.2, delay: 30 }, {}, serve!, {
      roundTrip: 100,
    });
    holder.endpoint = pair.server;
    const asked = requestOf(pair.serverPeer, {
      observe: true,
      write: (w) => {
        writeUint(w, Option.Observe, 0);
        writeText(w, Option.UriPath, 'value');
      },
      answered: (message) =>
        values.push(Buffer.from(message.bytes.subarray(message.payload, message.end)).toString()),
    });
    const handle = pair.client.request(asked.request, 0);
    pair.run(() => values.length > 0);
    for (let value = 1; value <= 10; value++) {
      server.notify(value, pair.now);
      pair.run(() => false, 200);
    }
    pair.run(() => false, 120_000);
    t.is(values.at(-1), '10', `seed ${seed}`);
    t.deepEqual(
      values.map(Number).sort((a, b) => a - b),
      values.map(Number),
      'never an older one after a newer',
    );
    pair.client.cancel(handle);
    server.notify(11, pair.now);
    pair.run(() => false, 120_000);
    t.deepEqual(server.state.lost, [`value ${Err.CoapReset}`]);
    t.true(pair.link.counts.lost > 0);
  }
});
