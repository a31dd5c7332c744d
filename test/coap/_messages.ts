/** Requests and answers, without an endpoint. */
import type { Incoming, Peer, Reply } from '../../hal/coap/contract.ts';
import { messageNew, messageRead } from '../../hal/coap/message.ts';
import type { Message } from '../../hal/coap/message.ts';
import { writeHeader, writerNew } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { peerOf } from './_rig.ts';

export const none: Uint8Array = new Uint8Array(0);

export const messageOf = (code: number, write: (w: Writer) => void): Message => {
  const w = writerNew(new Uint8Array(2000));
  writeHeader(w, 0, code, 1, none, 0);
  write(w);
  if (w.overflow) throw new Error('the test writes what does not fit');
  const message = messageNew();
  if (messageRead(message, w.bytes, 0, w.length) < 0) throw new Error('the test writes what cannot be read');
  return message;
};

export const incomingOf = (message: Message, peer: Peer = peerOf(), now: number = 0): Incoming => ({
  peer,
  message,
  binding: { bytes: none, length: 0 },
  now,
});

export interface Answer {
  readonly reply: Reply;
  read(): Message;
}

export const replyNew = (): Answer => {
  const reply: Reply = { writer: writerNew(new Uint8Array(1152)), code: 0, held: false };
  writeHeader(reply.writer, 2, 0, 1, none, 0);
  return {
    reply,
    read: () => {
      if (reply.writer.overflow) throw new Error('overflow');
      reply.writer.bytes[1] = reply.code;
      const message = messageNew();
      if (messageRead(message, reply.writer.bytes, 0, reply.writer.length) < 0) throw new Error('malformed');
      return message;
    },
  };
};
