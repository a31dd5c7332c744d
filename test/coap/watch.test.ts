import test from 'ava';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { watchNew, watchStop, watchTick } from '../../hal/coap/watch.ts';
import { writeText, writeUint } from '../../hal/coap/writer.ts';
import { pairOf, textOf } from './_rig.ts';

/** A server that answers, and forgets at once: it never notifies. */
const watched = (answer: (count: number) => { code: number; maxAge?: number } | undefined) => {
  let count = 0;
  const at: number[] = [];
  const tokens = new Set<string>();
  const told: string[] = [];
  const pair = pairOf(
    { seed: 1, delay: 5 },
    {},
    {
      serve: (incoming, reply) => {
        const given = answer(count++);
        at.push(Math.round(incoming.now / 1000));
        tokens.add(
          Buffer.from(incoming.message.token.subarray(0, incoming.message.tokenLength)).toString('hex'),
        );
        reply.code = given?.code ?? Code.Empty;
        if (given?.code !== Code.Content) return;
        writeUint(reply.writer, Option.Observe, count);
        if (given.maxAge !== undefined) writeUint(reply.writer, Option.MaxAge, given.maxAge);
      },
    },
    { roundTrip: 20, patience: 1000 },
  );
  const watch = watchNew({
    endpoint: pair.client,
    peer: pair.serverPeer,
    token: Uint8Array.of(1, 2),
    random: () => 0,
    name: (w) => writeText(w, Option.UriPath, 'value'),
    notified: (message) => told.push(textOf(message).trim()),
  });
  pair.beside = (now) => watchTick(watch, now);
  return { pair, watch, at, told, tokens };
};

// name, what the server answers, the seconds at which it is asked in the first three minutes
const CASES: readonly (readonly [string, Parameters<typeof watched>[0], readonly number[]])[] = [
  ['without Max-Age: after a minute and a little', () => ({ code: Code.Content }), [0, 65, 130]],
  ['with Max-Age', () => ({ code: Code.Content, maxAge: 100 }), [0, 105]],
  ['refused: later and later', () => ({ code: Code.NotFound }), [0, 5, 15, 35, 75, 155]],
  ['not answered: later and later', () => undefined, [0, 6, 17, 38, 79, 160]],
];

for (const [name, answer, seconds] of CASES) {
  test(`an observation is asked anew: ${name}`, (t) => {
    const { pair, at, tokens } = watched(answer);
    pair.run(() => false, 180_000);
    t.deepEqual(at, [...seconds]);
    t.deepEqual([...tokens], ['0102']);
  });
}

test('stopped, it asks no more', (t) => {
  const { pair, watch, at, told } = watched(() => ({ code: Code.Content }));
  pair.run(() => told.length > 0);
  watchStop(watch);
  pair.run(() => false, 180_000);
  t.deepEqual(at, [0]);
});

test('a token is needed', (t) => {
  const options = watched(() => undefined).watch.options;
  t.throws(() => watchNew({ ...options, token: new Uint8Array(0) }), { instanceOf: RangeError });
});
