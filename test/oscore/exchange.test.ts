/** Protected and unprotected: any message comes back; what was altered, repeated or out of place does not. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { optionCursorNew, optionFind, optionFirst, optionNext, optionUint } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeHeader, writeOption, writePayload, writeText, writeUint } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { bindingNew } from '../../hal/oscore/binding.ts';
import { optionClass, OUTER } from '../../hal/oscore/options.ts';
import { requestProtect } from '../../hal/oscore/protect.ts';
import { responseUnprotect } from '../../hal/oscore/unprotect.ts';
import { bindingCopy, bytesFrom, messageOf, roomNew, through, written } from './_contexts.ts';
import type { Ids } from './_contexts.ts';
import { bytesOf, hexOf } from './_hex.ts';
import { answered, CONTENT, GET, got, IDS, pairNew, plainOf, sent, taken } from './_pair.ts';

// Those that have no place in a message that is to be protected, and Observe, whose value is replaced.
const LEFT_OUT: readonly number[] = [Option.Oscore, Option.ProxyUri, Option.Observe];
const anyOptions = fc
  .array(
    fc.tuple(
      fc
        .oneof(fc.constantFrom(...Object.values(Option)), fc.integer({ min: 0, max: 65535 }))
        .filter((number) => !LEFT_OUT.includes(number)),
      fc.uint8Array({ maxLength: 20 }),
    ),
    { maxLength: 10 },
  )
  .map((rows) => rows.sort(([a], [b]) => a - b));
const anyId = fc.uint8Array({ maxLength: 7 }).map(hexOf);
const anyIds: fc.Arbitrary<Ids> = fc
  .record({
    sender: anyId,
    recipient: anyId,
    salt: fc.uint8Array({ maxLength: 9 }).map(hexOf),
    idContext: fc.option(fc.uint8Array({ maxLength: 30 }).map(hexOf), { nil: undefined }),
  })
  .filter(({ sender, recipient }) => sender !== recipient) as fc.Arbitrary<Ids>;

const filled =
  (options: readonly (readonly [number, Uint8Array])[], payload: Uint8Array) =>
  (w: Writer): void => {
    for (const [number, value] of options) writeOption(w, number, value, 0, value.length);
    writePayload(w, payload, 0, payload.length);
  };

test('any request and any answer come back as they were, and tell nothing on the way', (t) => {
  fc.assert(
    fc.property(
      anyIds,
      fc.integer({ min: 1, max: 31 }),
      fc.constantFrom<number>(Code.Content, Code.NotFound, Code.InternalServerError),
      anyOptions,
      fc.uint8Array({ maxLength: 100 }),
      (ids, method, code, options, payload) => {
        const pair = pairNew(ids);
        const request = plainOf(method, filled(options, payload));
        const sealed = bytesFrom(sent(pair, request));
        t.is(sealed[1], Code.Post);
        t.deepEqual(bytesFrom(taken(pair, sealed)), request);
        const response = plainOf(code, filled(options, payload));
        const back = bytesFrom(answered(pair, response));
        t.is(back[1], Code.Changed);
        t.deepEqual(bytesFrom(got(pair, back)), response);
        if (payload.length > 7) {
          t.is(Buffer.from(sealed).indexOf(payload), -1);
          t.is(Buffer.from(back).indexOf(payload), -1);
        }
        const cursor = optionCursorNew();
        for (let there = optionFirst(cursor, messageOf(sealed)); there; there = optionNext(cursor))
          t.true((optionClass(cursor.number) & OUTER) !== 0, `option ${cursor.number} is for all to read`);
      },
    ),
  );
});

/** What of a protected message is protected: the OSCORE option and all behind the marker. */
const protectedBits = (sealed: Uint8Array): number[] => {
  const message = messageOf(sealed);
  const cursor = optionCursorNew();
  optionFind(cursor, message, Option.Oscore);
  const bits: number[] = [];
  for (let at = 0; at < sealed.length; at++)
    if ((at >= cursor.from && at < cursor.to) || at >= message.payload)
      for (let bit = 0; bit < 8; bit++) bits.push(8 * at + bit);
  return bits;
};

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

test('each bit of a request that is turned is one too many', (t) => {
  const pair = pairNew({ ...IDS, idContext: '37cbf321' });
  const sealed = bytesFrom(sent(pair, GET));
  const bits = protectedBits(sealed);
  t.true(bits.length >= 8 * 20);
  const codes = new Set<unknown>();
  for (const bit of bits) codes.add(taken(pair, flipped(sealed, bit)));
  t.deepEqual(
    [...codes].sort(),
    [Err.ProtectionMalformed, Err.ProtectionContext, Err.ProtectionTag].sort(),
    'and each is refused for one of these',
  );
  t.deepEqual(taken(pair, sealed), GET, 'the true one is taken after all of them');
});

test('each bit of an answer that is turned is one too many', (t) => {
  for (const before of [0, 1]) {
    const pair = pairNew();
    bytesFrom(taken(pair, bytesFrom(sent(pair, GET))));
    if (before === 1) answered(pair, CONTENT);
    const sealed = bytesFrom(answered(pair, CONTENT));
    for (const bit of protectedBits(sealed)) t.is(typeof got(pair, flipped(sealed, bit)), 'number', `${bit}`);
    t.deepEqual(got(pair, sealed), CONTENT);
  }
});

test('header and outer options are not protected: code, and what may only stand inside, count for nothing', (t) => {
  const pair = pairNew();
  const sealed = bytesFrom(sent(pair, GET));
  const message = messageOf(sealed);
  const cursor = optionCursorNew();
  optionFind(cursor, message, Option.Oscore);
  const w = roomNew();
  writeHeader(w, message.type, Code.Delete, message.id, message.token, message.tokenLength);
  writeText(w, Option.UriHost, 'other');
  writeUint(w, Option.Observe, 0);
  writeOption(w, Option.Oscore, sealed, cursor.from, cursor.to);
  writeText(w, Option.UriPath, 'else');
  writeUint(w, Option.MaxAge, 5);
  writeUint(w, 65001, 1);
  writePayload(w, sealed, message.payload, message.end);
  const wanted = plainOf(Code.Get, (plain) => {
    writeText(plain, Option.UriHost, 'other');
    writeText(plain, Option.UriPath, 'fw');
  });
  t.deepEqual(taken(pair, written(w)), wanted);
});

test('no request is taken twice, whatever the order they come in', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 80 }), { minLength: 1, maxLength: 150 }), (order) => {
      const pair = pairNew();
      const requests = Array.from({ length: 81 }, () => bytesFrom(sent(pair, GET)));
      const before = new Set<number>();
      let highest = -1;
      for (const index of order) {
        const result = taken(pair, requests[index]!);
        const takes = !before.has(index) && index > highest - 32;
        if (takes) t.deepEqual(result, GET);
        else t.is(result, Err.ProtectionReplay);
        before.add(index);
        highest = Math.max(highest, index);
      }
    }),
  );
});

test('an answer is taken for its own request only', (t) => {
  const pair = pairNew();
  const first = bindingNew();
  const request = bytesFrom(through((m, into) => requestProtect(pair.client, 0, first, m, into), GET));
  bytesFrom(taken(pair, request));
  const answer = bytesFrom(answered(pair, CONTENT));
  bytesFrom(sent(pair, GET));
  t.is(got(pair, answer), Err.ProtectionTag, 'to the second request');
  t.deepEqual(
    through((m, into) => responseUnprotect(pair.client, first, m, into), answer),
    CONTENT,
  );
});

test('a nonce protects one answer, however often the binding is copied', (t) => {
  const pair = pairNew();
  bytesFrom(taken(pair, bytesFrom(sent(pair, GET))));
  const copies = [pair.taken, bindingCopy(pair.taken), bindingCopy(pair.taken)];
  const values = copies.map((b) => {
    const sealed = bytesFrom(answered(pair, CONTENT, b));
    const cursor = optionCursorNew();
    t.true(optionFind(cursor, messageOf(sealed), Option.Oscore));
    return hexOf(sealed.subarray(cursor.from, cursor.to));
  });
  t.deepEqual(values, ['', '0100', '0101']);
});

const REGISTER = plainOf(Code.Get, (w) => {
  writeUint(w, Option.Observe, 0);
  writeText(w, Option.UriPath, 'fw');
});
const notification = (number: number): Uint8Array =>
  plainOf(Code.Content, (w) => {
    writeUint(w, Option.Observe, number);
    writePayload(w, bytesOf('0102'), 0, 2);
  });

const observeOf = (t: ExecutionContext, result: Uint8Array | number): number => {
  const cursor = optionCursorNew();
  t.true(optionFind(cursor, messageOf(bytesFrom(result)), Option.Observe));
  return optionUint(cursor, 3);
};

test('notifications: counted in the order they are taken in, each once, none that is older', (t) => {
  const pair = pairNew();
  const request = bytesFrom(sent(pair, REGISTER));
  t.is(request[1], Code.Fetch);
  t.deepEqual(taken(pair, request), REGISTER);
  const sealed = [7, 8, 9, 10].map((number) => bytesFrom(answered(pair, notification(number))));
  for (const one of sealed) t.is(one[1], Code.Content);
  const [first, second, third, fourth] = sealed as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  t.is(observeOf(t, got(pair, first)), 1);
  t.is(got(pair, first), Err.ProtectionReplay, 'the one without a partial IV comes once');
  t.is(observeOf(t, got(pair, third)), 2);
  t.is(got(pair, second), Err.ProtectionReplay, 'older');
  t.is(got(pair, third), Err.ProtectionReplay);
  t.is(observeOf(t, got(pair, fourth)), 3);
  const gone = bytesFrom(
    answered(
      pair,
      plainOf(Code.NotFound, () => {}),
    ),
  );
  t.deepEqual(
    got(pair, gone),
    plainOf(Code.NotFound, () => {}),
    'what ends it is no notification',
  );
});

test('the notification without a partial IV is the oldest, and is not taken behind others', (t) => {
  const pair = pairNew();
  bytesFrom(taken(pair, bytesFrom(sent(pair, REGISTER))));
  const [first, second] = [7, 8].map((number) => bytesFrom(answered(pair, notification(number))));
  t.is(observeOf(t, got(pair, second!)), 1);
  t.is(got(pair, first!), Err.ProtectionReplay);
});

// What was asked, and is answered with a notification.
for (const [name, request] of [
  ['a request that does not observe', GET],
  [
    'one that ends an observation',
    plainOf(Code.Get, (w) => {
      writeUint(w, Option.Observe, 1);
      writeText(w, Option.UriPath, 'fw');
    }),
  ],
] as const)
  test(`no notification answers ${name}`, (t) => {
    const pair = pairNew();
    bytesFrom(taken(pair, bytesFrom(sent(pair, request))));
    t.is(got(pair, bytesFrom(answered(pair, notification(7)))), Err.ProtectionMalformed);
  });
