/** What is held: bytes of buffers, all of them made when it is opened. */
import test from 'ava';
import { Code, Option, Type } from '../../hal/coap/numbers.ts';
import { writeHeader, writePayload, writerNew, writeText } from '../../hal/coap/writer.ts';
import { bindingNew, BINDING_SIZE } from '../../hal/oscore/binding.ts';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import { requestProtect } from '../../hal/oscore/protect.ts';
import { contextWith, memoryStore, messageOf, oscoreWith, SALT, written } from './_contexts.ts';

const IDS = { sender: 'c1', recipient: '5e', salt: SALT } as const;

/** Of every buffer that can be reached, but for what `but` reaches. */
const held = (root: unknown, but: unknown[] = []): number => {
  const [objects, buffers] = [new Set<unknown>(but), new Set<ArrayBufferLike>()];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || objects.has(value)) return;
    objects.add(value);
    if (ArrayBuffer.isView(value)) buffers.add(value.buffer);
    else Object.values(value).forEach(walk);
  };
  walk(root);
  return [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
};

test('of a context: two keys and the common IV', (t) => {
  const context = contextWith(IDS);
  t.is(held(context, [context.senderId, context.recipientId, context.sequence.store]), 16 + 16 + 13);
});

test('of the cipher, of what all contexts share, of a request that waits', (t) => {
  t.is(held(deviceAead()), 448 + 32);
  const oscore = oscoreWith();
  // Nonce, associated data, option value, token.
  t.is(held(oscore, [oscore.aead]), 13 + 31 + 78 + 8);
  t.is(BINDING_SIZE, 15);
});

test('a thousand messages more hold nothing more', (t) => {
  const oscore = oscoreWith(contextWith(IDS, memoryStore(0)));
  const w = writerNew(new Uint8Array(1100));
  writeHeader(w, Type.Confirmable, Code.Post, 1, new Uint8Array(4), 4);
  writeText(w, Option.UriPath, 'fw');
  writePayload(w, new Uint8Array(100), 0, 100);
  const [message, b, into] = [messageOf(written(w)), bindingNew(), writerNew(new Uint8Array(1200))];
  t.is(requestProtect(oscore, 0, b, message, into), 0);
  const after = held(oscore);
  for (let i = 0; i < 1000; i++) t.is(requestProtect(oscore, 0, b, message, into), 0);
  t.is(held(oscore), after);
});
