/** Numbers that last, and what a side does that was restarted (RFC 8613 appendix B.1, RFC 9175). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { optionCursorNew, optionFind } from '../../hal/coap/message.ts';
import { Code, Option, Type } from '../../hal/coap/numbers.ts';
import { writeHeader, writeOption, writePayload, writeText } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { fileSequence, fileSequenceCreate } from '../../hal/node/oscore.ts';
import { bindingNew } from '../../hal/oscore/binding.ts';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import type { Oscore } from '../../hal/oscore/oscore.ts';
import type { SequenceStore } from '../../hal/oscore/ports.ts';
import { oscoreProtection } from '../../hal/oscore/protection.ts';
import { requestProtect } from '../../hal/oscore/protect.ts';
import { sequenceNew, sequenceTake } from '../../hal/oscore/sequence.ts';
import { responseUnprotect } from '../../hal/oscore/unprotect.ts';
import {
  bytesFrom,
  contextWith,
  memoryStore,
  messageOf,
  mirrored,
  oscoreWith,
  roomNew,
  SALT,
  through,
  written,
} from './_contexts.ts';
import type { MemoryStore } from './_contexts.ts';
import { bytesOf } from './_hex.ts';

const SEQUENCE_MAX = 2 ** 40 - 1;

test('one write for as many numbers as were reserved, before the first of them', (t) => {
  const store = memoryStore(0);
  const sequence = sequenceNew(store, 4);
  const seen: [number, number][] = [];
  for (let i = 0; i < 9; i++) seen.push([sequenceTake(sequence), store.value]);
  t.deepEqual(
    seen,
    [4, 4, 4, 4, 8, 8, 8, 8, 12].map((value, index) => [index, value]),
  );
  t.is(store.writes, 3);
});

/** A cut in a write leaves the old number or the new one, and may show now this one, now that one, until a write lasts. */
const cutStore = (choices: () => boolean): SequenceStore & { cut: boolean; cuts: number } => {
  let [old, torn] = [0, 0];
  return {
    cut: false,
    cuts: 0,
    read: () => (choices() ? torn : old),
    write(next) {
      torn = next;
      if (this.cut) {
        this.cuts += 1;
        throw new Error('power');
      }
      old = next;
      return true;
    },
  };
};

test('no number is given twice, wherever power is cut', (t) => {
  let cuts = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 12 }), fc.boolean()), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.boolean()),
      (lives, ahead, reads) => {
        const store = cutStore(() => reads.next().value);
        const given = new Set<number>();
        for (const [count, cut] of lives) {
          const sequence = sequenceNew(store, ahead);
          try {
            for (let i = 0; i <= count; i++) {
              store.cut = cut && i === count;
              const number = sequenceTake(sequence);
              t.true(number >= 0 && !given.has(number), `${number}`);
              given.add(number);
            }
          } catch (error) {
            t.is((error as Error).message, 'power');
          }
          store.cut = false;
        }
        cuts += store.cuts;
      },
    ),
  );
  t.true(cuts > 20, 'cuts happened in writes');
});

test('a store that fails, or cannot tell, gives no number', (t) => {
  const broken = memoryStore(0);
  const sequence = sequenceNew(broken, 2);
  broken.broken = true;
  t.is(sequenceTake(sequence), Err.SequenceSpent);
  broken.broken = false;
  t.is(sequenceTake(sequence), 0);
  t.is(sequenceTake(sequence), 1);
  broken.broken = true;
  t.is(sequenceTake(sequence), Err.SequenceSpent);
  for (const value of [-1, NaN, 2 ** 40 + 1, undefined])
    t.is(sequenceTake(sequenceNew(memoryStore(value as number), 2)), Err.SequenceSpent, `${value}`);
});

test('the last number is 2^40 - 1', (t) => {
  const sequence = sequenceNew(memoryStore(SEQUENCE_MAX - 1), 256);
  t.is(sequenceTake(sequence), SEQUENCE_MAX - 1);
  t.is(sequenceTake(sequence), SEQUENCE_MAX);
  t.is(sequenceTake(sequence), Err.SequenceSpent);
  t.is(sequenceTake(sequenceNew(memoryStore(SEQUENCE_MAX + 1), 256)), Err.SequenceSpent);
});

test('in a file: made once, replaced whole, and not believed where it is something else', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-sequence-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'numbers');
  t.is(fileSequence(path).read(), -1, 'there is none');
  fileSequenceCreate(path);
  t.throws(() => fileSequenceCreate(path), { code: 'EEXIST' });
  t.is(fileSequence(path).read(), 0);
  t.true(fileSequence(path).write(SEQUENCE_MAX + 1));
  t.is(fileSequence(path).read(), SEQUENCE_MAX + 1);
  for (const text of ['', '12', '012\n', '-1\n', '1e3\n', '12\n\n', 'x\n']) {
    writeFileSync(path, text);
    t.is(fileSequence(path).read(), -1, JSON.stringify(text));
  }
  t.false(fileSequence(join(folder, 'no folder', 'numbers')).write(1));
  t.is(readFileSync(path, 'utf8'), 'x\n');
});

const IDS = { sender: 'c1', recipient: '5e', salt: SALT } as const;
const plainOf = (type: number, code: number, fill: (w: Writer) => void): Uint8Array => {
  const w = roomNew();
  writeHeader(w, type, code, 0x1234, bytesOf('0a0b'), 2);
  fill(w);
  return written(w);
};
const get = (echo?: Uint8Array, type: number = Type.Confirmable): Uint8Array =>
  plainOf(type, Code.Get, (w) => {
    writeText(w, Option.UriPath, 'fw');
    if (echo !== undefined) writeOption(w, Option.Echo, echo, 0, echo.length);
  });
const CONTENT = plainOf(Type.Acknowledgement, Code.Content, (w) => writePayload(w, bytesOf('0102'), 0, 2));

/** A server as an endpoint has it, restarted with each call. */
const serverNew = (store: MemoryStore, ids = mirrored(IDS)) => {
  const context = contextWith(ids, store);
  const protection = oscoreProtection({ aead: deviceAead(), contexts: [context] });
  const peer = { estimate: {} as never };
  const binding = bindingNew();
  return {
    protection,
    context,
    /** Code, and what is left in the writer. */
    open(sealed: Uint8Array): readonly [number, Uint8Array] {
      const out = roomNew();
      return [protection.open(out, messageOf(sealed.slice()), binding, peer), written(out)];
    },
    answer(plain: Uint8Array): Uint8Array {
      const out = roomNew();
      if (protection.seal(out, messageOf(plain), binding, peer) < 0) throw new Error('not sealed');
      return written(out);
    },
  };
};

const echoOf = (bytes: Uint8Array): Uint8Array => {
  const cursor = optionCursorNew();
  if (!optionFind(cursor, messageOf(bytes), Option.Echo)) throw new Error('no echo');
  return bytes.slice(cursor.from, cursor.to);
};

const clientNew = (): {
  oscore: Oscore;
  ask(plain: Uint8Array): readonly [Uint8Array, (sealed: Uint8Array) => Uint8Array];
} => {
  const oscore = oscoreWith(contextWith(IDS));
  return {
    oscore,
    ask(plain) {
      const b = bindingNew();
      const sealed = bytesFrom(through((m, into) => requestProtect(oscore, 0, b, m, into), plain));
      return [sealed, (back) => bytesFrom(through((m, into) => responseUnprotect(oscore, b, m, into), back))];
    },
  };
};

for (const type of [Type.Confirmable, Type.NonConfirmable])
  test(`a server that was restarted asks for an echo, and then goes on: type ${type}`, (t) => {
    const store = memoryStore(0);
    const client = clientNew();
    const [recorded] = client.ask(get());
    t.is(serverNew(store).open(recorded)[0], 0, 'a new context needs none');
    const server = serverNew(store);
    const [code, challenge] = server.open(recorded);
    t.is(code, Err.ProtectionReplay, 'what was recorded before is not acted on');
    t.deepEqual([server.protection.refused, server.protection.refusals], [Err.ProtectionReplay, 1]);
    t.is(challenge[1], Code.Changed, 'the answer is protected');
    const [request, opened] = client.ask(get(undefined, type));
    const asked = opened(server.open(request)[1]);
    t.deepEqual([(asked[0]! >> 4) & 3, asked[1]], [type === Type.Confirmable ? 2 : 1, Code.Unauthorized]);
    const echo = echoOf(asked);
    t.true(echo.length >= 4 && echo.length <= 40);
    const wrong = echo.slice();
    wrong[7]! ^= 1;
    t.is(server.open(client.ask(get(wrong))[0])[0], Err.ProtectionReplay);
    t.is(server.open(client.ask(get(echo.subarray(1)))[0])[0], Err.ProtectionReplay);
    const [withEcho, answered] = client.ask(get(echo));
    const [taken, plain] = server.open(withEcho);
    t.is(taken, 0);
    t.deepEqual(plain, get(echo));
    t.deepEqual(answered(server.answer(CONTENT)), CONTENT);
    t.is(server.open(withEcho)[0], Err.ProtectionReplay);
    t.is(server.open(request)[0], Err.ProtectionReplay, 'and all before it counts as received');
    t.is(server.open(client.ask(get())[0])[0], 0, 'what comes after needs no echo');
  });

test('an echo of one power cycle is none in the next', (t) => {
  const store = memoryStore(1000);
  const client = clientNew();
  const [request, opened] = client.ask(get());
  const echo = echoOf(opened(serverNew(store).open(request)[1]));
  const later = serverNew(store);
  const [second, openedLater] = client.ask(get(echo));
  const [code, challenge] = later.open(second);
  t.is(code, Err.ProtectionReplay);
  t.notDeepEqual(echoOf(openedLater(challenge)), echo);
});

test('no challenge takes the nonce of a request that may have been answered before', (t) => {
  const server = serverNew(memoryStore(1000));
  const client = clientNew();
  const [recorded] = client.ask(get());
  const values = [server.open(recorded)[1], server.open(recorded)[1]].map((sealed) => {
    const cursor = optionCursorNew();
    optionFind(cursor, messageOf(sealed), Option.Oscore);
    return [...sealed.subarray(cursor.from, cursor.to)];
  });
  // A partial IV of two bytes: 1000, 1001.
  t.deepEqual(values, [
    [2, 3, 232],
    [2, 3, 233],
  ]);
});

test('a server whose store takes nothing takes no request, and says that it is not available', (t) => {
  const store = memoryStore(0);
  const server = serverNew(store);
  store.broken = true;
  const [request] = clientNew().ask(get());
  const [code, answer] = server.open(request);
  t.is(code, Err.SequenceSpent);
  t.is(answer[1], Code.ServiceUnavailable);
});

// What is wrong, request, code of the answer.
const REFUSED: readonly (readonly [string, Uint8Array, number, number])[] = [
  ['not protected', get(), Err.ProtectionMissing, Code.Unauthorized],
  [
    'malformed',
    plainOf(Type.Confirmable, Code.Post, (w) => {
      writeOption(w, Option.Oscore, bytesOf('29'), 0, 1);
      writePayload(w, new Uint8Array(9), 0, 9);
    }),
    Err.ProtectionMalformed,
    Code.BadOption,
  ],
  [
    'of an unknown context',
    plainOf(Type.NonConfirmable, Code.Post, (w) => {
      writeOption(w, Option.Oscore, bytesOf('0900c2'), 0, 3);
      writePayload(w, new Uint8Array(9), 0, 9);
    }),
    Err.ProtectionContext,
    Code.Unauthorized,
  ],
  [
    'of another key',
    plainOf(Type.Confirmable, Code.Post, (w) => {
      writeOption(w, Option.Oscore, bytesOf('0900c1'), 0, 3);
      writePayload(w, new Uint8Array(9), 0, 9);
    }),
    Err.ProtectionTag,
    Code.BadRequest,
  ],
];

for (const [name, request, error, answer] of REFUSED)
  test(`a request that is ${name} is answered in the open, with less than it brought`, (t) => {
    const [code, out] = serverNew(memoryStore(0)).open(request);
    t.is(code, error);
    t.is(out[1], answer);
    t.is((out[0]! >> 4) & 3, ((request[0]! >> 4) & 3) === 0 ? 2 : 1);
    t.deepEqual(out.subarray(2, 6), request.subarray(2, 6), 'message id and token are its own');
    t.deepEqual([...out.subarray(6)], [0xd0, 1], 'an empty Max-Age, and nothing else');
    t.true(out.length < request.length);
  });

test('what is shorter than its answer has none', (t) => {
  const bare = new Uint8Array([0x40, Code.Get, 1, 2]);
  const [code, out] = serverNew(memoryStore(0)).open(bare);
  t.is(code, Err.ProtectionMissing);
  t.is(out.length, 0);
});

test('an answer that is refused leaves nothing behind, and says why', (t) => {
  const protection = oscoreProtection({ aead: deviceAead(), contexts: [contextWith(IDS)] });
  const peer = { estimate: {} as never };
  const [b, out] = [bindingNew(), roomNew()];
  t.is(protection.seal(out, messageOf(get()), b, peer), 0);
  const plainError = plainOf(Type.Acknowledgement, Code.Unauthorized, () => {});
  t.is(protection.open(out, messageOf(plainError), b, peer), Err.ProtectionMissing);
  t.is(out.length, 0);
  t.deepEqual([protection.refused, protection.refusals], [Err.ProtectionMissing, 1]);
});

test('each peer under its own context; one that has none is not covered', (t) => {
  const peers = [{ estimate: {} as never }, { estimate: {} as never }, { estimate: {} as never }];
  const contexts = [contextWith(IDS), contextWith({ sender: '01', recipient: '02' })];
  const protection = oscoreProtection({
    aead: deviceAead(),
    contexts,
    indexOf: (peer) => [1, 0, -1][peers.indexOf(peer as never)]!,
  });
  t.deepEqual(
    peers.map((peer) => protection.covers(peer)),
    [true, true, false],
  );
  const kids = peers.slice(0, 2).map((peer) => {
    const out = roomNew();
    protection.seal(out, messageOf(get()), bindingNew(), peer);
    const cursor = optionCursorNew();
    optionFind(cursor, messageOf(written(out)), Option.Oscore);
    return out.bytes[cursor.to - 1];
  });
  t.deepEqual(kids, [0x01, 0xc1]);
});

test('what is wired wrongly is said at once', (t) => {
  const id = (size: number): string => '00'.repeat(size);
  t.throws(() => contextWith({ sender: id(8), recipient: '01' }), { instanceOf: RangeError });
  t.throws(() => contextWith({ sender: '01', recipient: id(8) }), { instanceOf: RangeError });
  t.throws(() => contextWith({ sender: '01', recipient: '01' }), { message: /one key/ });
  t.throws(() => contextWith({ sender: '01', recipient: '', idContext: id(65) }), { instanceOf: RangeError });
  t.throws(
    () =>
      oscoreWith(contextWith({ sender: '01', recipient: '' }), contextWith({ sender: '02', recipient: '' })),
    {
      instanceOf: RangeError,
    },
  );
  t.notThrows(() =>
    oscoreWith(
      contextWith({ sender: '01', recipient: '' }),
      contextWith({ sender: '02', recipient: '', idContext: 'aa' }),
    ),
  );
  t.throws(() => oscoreProtection({ aead: deviceAead(), contexts: [] }), { instanceOf: RangeError });
  t.throws(() => sequenceNew(memoryStore(0), 0), { instanceOf: RangeError });
});
