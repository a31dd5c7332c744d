/** What is refused for its form, or because there is no room. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { optionCursorNew, optionFind } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeOption, writePayload, writerNew, writeText, writeUint } from '../../hal/coap/writer.ts';
import { bindingNew } from '../../hal/oscore/binding.ts';
import { requestProtect } from '../../hal/oscore/protect.ts';
import { requestUnprotect } from '../../hal/oscore/unprotect.ts';
import {
  bytesFrom,
  contextWith,
  memoryStore,
  messageOf,
  mirrored,
  oscoreWith,
  written,
} from './_contexts.ts';
import { bytesOf } from './_hex.ts';
import { answered, CONTENT, GET, got, IDS, pairNew, plainOf, sent, taken } from './_pair.ts';
import type { Pair } from './_pair.ts';

test('what is not there to be protected', (t) => {
  const pair = pairNew();
  const twice = plainOf(Code.Get, (w) => writeOption(w, Option.Oscore, bytesOf(''), 0, 0));
  t.is(sent(pair, twice), Err.BadArgument);
  const proxy = plainOf(Code.Get, (w) => writeText(w, Option.ProxyUri, 'coap://a/secret'));
  t.is(sent(pair, proxy), Err.BadArgument);
  t.is(answered(pair, CONTENT), Err.BadState);
  t.is(got(pairNew(), CONTENT), Err.BadState);
});

test('what is not protected, or cannot be', (t) => {
  const pair = pairNew();
  const value = (hex: string, payload: string, more?: number): Uint8Array =>
    plainOf(Code.Post, (w) => {
      writeOption(w, Option.Oscore, bytesOf(hex), 0, hex.length / 2);
      if (more !== undefined) writeUint(w, Option.Block1, more);
      writePayload(w, bytesOf(payload), 0, payload.length / 2);
    });
  const tagged = '00'.repeat(9);
  const rows: readonly (readonly [string, Uint8Array, number])[] = [
    ['no option', GET, Err.ProtectionMissing],
    ['no payload', value('0900c1', ''), Err.ProtectionMalformed],
    ['no value in a request', value('', tagged), Err.ProtectionMalformed],
    ['no partial IV', value('08c1', tagged), Err.ProtectionMalformed],
    ['no kid', value('0100', tagged), Err.ProtectionMalformed],
    ['a byte behind what has no kid', value('0100c1', tagged), Err.ProtectionMalformed],
    ['flags of nothing', value('00', tagged), Err.ProtectionMalformed],
    ['a reserved flag', value('2900c1', tagged), Err.ProtectionMalformed],
    ['a partial IV of 6 bytes', value('0e010203040506c1', tagged), Err.ProtectionMalformed],
    ['a partial IV that is cut', value('0d0102', tagged), Err.ProtectionMalformed],
    ['a zero in front', value('0a0001c1', tagged), Err.ProtectionMalformed],
    ['a kid context that is cut', value('190005aa', tagged), Err.ProtectionMalformed],
    ['no length of a kid context', value('1900', tagged), Err.ProtectionMalformed],
    ['an unknown kid', value('0900c2', tagged), Err.ProtectionContext],
    ['an unknown kid context', value('190001aac1', tagged), Err.ProtectionContext],
    ['an outer block', value('0900c1', tagged, 8), Err.ProtectionMalformed],
    ['shorter than a tag', value('0900c1', '00'), Err.ProtectionTag],
    ['a tag of nothing', value('0900c1', '00'.repeat(8)), Err.ProtectionTag],
  ];
  for (const [name, bytes, code] of rows) t.is(taken(pair, bytes), code, name);
});

/** A message whose inside is what no honest side makes. */
const sealedInside = (pair: Pair, inside: Uint8Array): Uint8Array => {
  const context = pair.client.contexts[0]!;
  const plain = bytesFrom(sent(pair, GET));
  const cursor = optionCursorNew();
  optionFind(cursor, messageOf(plain), Option.Oscore);
  const bytes = new Uint8Array(inside.length + 8);
  bytes.set(inside);
  // Nonce and associated data are those of the request that was just protected.
  const { nonce, associated } = pair.client;
  pair.client.aead.seal(context.senderKey, nonce, associated, 11 + 10, bytes, 0, inside.length);
  return plainOf(Code.Post, (w) => {
    writeOption(w, Option.Oscore, plain, cursor.from, cursor.to);
    writePayload(w, bytes, 0, bytes.length);
  });
};

for (const [name, inside, code] of [
  ['a request, so that the others are known to be sealed right', '01b26677', undefined],
  ['nothing', '', Err.ProtectionMalformed],
  ['an option that is cut', '01b2', Err.ProtectionMalformed],
  ['a marker without payload', '01ff', Err.ProtectionMalformed],
  ['a response', '45', Err.ProtectionMalformed],
  ['an empty code', '00', Err.ProtectionMalformed],
  ['another OSCORE option', '0190', Err.ProtectionMalformed],
] as const)
  test(`inside is ${name}`, (t) => {
    const pair = pairNew();
    const sealed = sealedInside(pair, bytesOf(inside));
    t.is(typeof taken(pair, sealed) === 'number' ? taken(pairNew(), sealed) : undefined, code);
    t.is(taken(pair, sealed), Err.ProtectionReplay, 'it counts as received');
  });

test('a buffer that is too small by any amount', (t) => {
  const pair = pairNew();
  const sealed = bytesFrom(sent(pair, GET));
  for (let room = 0; room < sealed.length; room++)
    t.is(
      requestProtect(pair.client, 0, pair.asked, messageOf(GET), writerNew(new Uint8Array(room))),
      Err.CoapTooLong,
    );
  const exact = writerNew(new Uint8Array(sealed.length));
  t.is(requestProtect(pair.client, 0, pair.asked, messageOf(GET), exact), 0);
  const small = writerNew(new Uint8Array(GET.length - 1));
  t.is(requestUnprotect(pair.server, pair.taken, messageOf(written(exact)), small), Err.CoapTooLong);
});

test('a context that was used is not fresh on another side that lost its window', (t) => {
  const client = oscoreWith(contextWith(IDS, memoryStore(0)));
  const server = oscoreWith(contextWith(mirrored(IDS), memoryStore(256)));
  const pair: Pair = { client, server, asked: bindingNew(), taken: bindingNew() };
  t.is(taken(pair, bytesFrom(sent(pair, GET))), Err.ProtectionReplay);
});
