/** Servers of ours that other clients are let loose on. */
import { bodyAnswer, bodyEnd, bodyNew, bodyTake, Take } from '../../hal/coap/body.ts';
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
import { writePayload, writeUint } from '../../hal/coap/writer.ts';
import { openCoapServer } from '../../hal/node/coap-server.ts';
import { random } from '../../hal/node/faults.ts';
import { monotonic } from '../../hal/node/udp.ts';

export const noise = (length: number, seed: number): Uint8Array => {
  const draw = random(seed);
  return Uint8Array.from({ length }, () => draw() & 0xff);
};

/** Takes one body, at any path. */
export const puttingServer = async (): Promise<{
  port: number;
  taken: () => Uint8Array;
  blocks: () => number;
  close: () => Promise<void>;
}> => {
  const body = bodyNew(1 << 20, 6);
  let parts: Uint8Array[] = [];
  const server = await openCoapServer({
    port: 0,
    serve: (incoming, reply) => {
      const { bytes, payload, end } = incoming.message;
      const taken = bodyTake(body, incoming, reply);
      if (taken === Take.Refused) return;
      if (taken === Take.Block) {
        if (body.first) parts = [];
        parts.push(bytes.slice(payload, end));
      }
      bodyAnswer(body, reply, Code.Changed);
      if (taken === Take.Block && body.last) bodyEnd(body);
    },
  });
  return {
    port: server.port,
    taken: () => Buffer.concat(parts),
    blocks: () => parts.length,
    close: () => server.close(),
  };
};

const PACE = 100;

/** A resource that has these values one after the other, for who observes it. */
export const observedServer = async (
  values: readonly string[],
): Promise<{ port: number; observers: () => number; lost: () => number; close: () => Promise<void> }> => {
  let at = 0;
  let lost = 0;
  const payloadOf = (): Uint8Array => new TextEncoder().encode(values[at]!);
  // eslint-disable-next-line prefer-const
  let observers: Observers;
  const server = await openCoapServer({
    port: 0,
    serve: (incoming, reply) => {
      const asked = observeAsked(incoming.message);
      if (asked === Asked.End) observersRemove(observers, incoming);
      const one = asked === Asked.Begin ? observersAdd(observers, incoming, 'value') : null;
      reply.code = Code.Content;
      if (one) writeUint(reply.writer, Option.Observe, observerNext(one));
      const payload = payloadOf();
      writePayload(reply.writer, payload, 0, payload.length);
    },
    reset: (peer, id) => observersReset(observers, peer, id),
  });
  observers = observersNew(
    server.endpoint,
    {
      write: (w, observer) => {
        writeUint(w, Option.Observe, observer.sequence);
        const payload = payloadOf();
        writePayload(w, payload, 0, payload.length);
      },
      lost: () => {
        lost++;
      },
    },
    4,
  );
  const timer = setInterval(() => {
    const somebody = observers.list.some((one) => one.peer !== null);
    if (!somebody) return;
    if (at < values.length - 1) at++;
    for (const one of observers.list) observerNotify(observers, one, true, monotonic());
    server.wake();
  }, PACE);
  return {
    port: server.port,
    observers: () => observers.list.filter((one) => one.peer !== null).length,
    lost: () => lost,
    close: async () => {
      clearInterval(timer);
      await server.close();
    },
  };
};
