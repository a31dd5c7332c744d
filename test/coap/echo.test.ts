import test from 'ava';
import { echoFresh, echoGuardNew, echoKeep, echoNew, writeEcho } from '../../hal/coap/echo.ts';
import type { Message } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeOption } from '../../hal/coap/writer.ts';
import { incomingOf, messageOf, replyNew } from './_messages.ts';
import { peerOf, shareOf } from './_rig.ts';

test('Echo: asked for, sent back, fresh for a while, and only from the peer that it was given to', (t) => {
  const guard = echoGuardNew(shareOf(1), 10_000, 2);
  const echo = echoNew();
  const peer = peerOf();
  const ask = (from: typeof peer, now: number): boolean => {
    const { reply, read } = replyNew();
    const message = messageOf(Code.Get, (w) => writeEcho(w, echo));
    const fresh = echoFresh(guard, incomingOf(message, from, now), reply);
    if (!fresh) t.true(echoKeep(echo, read()));
    return fresh;
  };
  t.false(ask(peer, 0));
  t.true(ask(peer, 5));
  t.true(ask(peer, 10_000));
  t.false(ask(peer, 10_001), 'too old');
  t.true(ask(peer, 10_002));
  t.false(ask(peerOf(), 10_003), 'of another peer');
});

test('Echo: the same value again is no reason to ask again; one that is too long is not kept', (t) => {
  const echo = echoNew();
  const asks = (code: number, length: number): Message =>
    messageOf(code, (w) => writeOption(w, Option.Echo, new Uint8Array(length).fill(7), 0, length));
  t.true(echoKeep(echo, asks(Code.Unauthorized, 40)));
  t.false(echoKeep(echo, asks(Code.Unauthorized, 40)));
  t.false(echoKeep(echo, asks(Code.Unauthorized, 41)));
  t.is(echo.length, 40);
  t.false(echoKeep(echo, asks(Code.Content, 3)), 'kept, but nothing is to be asked again');
  t.is(echo.length, 3);
  t.false(
    echoKeep(
      echo,
      messageOf(Code.Unauthorized, () => undefined),
    ),
  );
});
