/** A board on a serial line, and a client of the simplest kind: it sends a request and reads the answer. */
import { decode } from 'cborg';
import { createBoard, provision, serialLine } from '../../bootloader-sim/index.ts';
import type { Board, LineOptions, SerialLine } from '../../bootloader-sim/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { random } from '../../hal/node/faults.ts';
import { HEADER, headerNew, headerRead, lineReaderNew, lineTake } from '../../hal/serial/index.ts';
import type { Header } from '../../hal/serial/index.ts';
import {
  anchorOf,
  anchorRecord,
  classIdentifier,
  keyParse,
  pack,
  slotImage,
  vendorIdentifier,
} from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';
import { linesOf, messageOf } from '../../publisher/serial/packet.ts';
import { seededPem } from '../publisher/_keys.ts';

export const BLOCK = 4096;
const vendor = vendorIdentifier('example.com');
const classId = classIdentifier(vendor, 'lamp');
const key = keyParse(seededPem(1), 'key');

/** Blocks that do not compress; those whose number is in `own` are this image's alone. */
export const imageOf = (blocks: number, seed: number, own: readonly number[] = []): Uint8Array => {
  const image = new Uint8Array(blocks * BLOCK);
  for (let block = 0; block < blocks; block++) {
    const next = random(own.includes(block) ? seed * 1000 + block : block + 1);
    for (let at = 0; at < BLOCK; at++) image[block * BLOCK + at] = next() & 0xff;
  }
  return image;
};

export interface Packed {
  readonly image: Uint8Array;
  readonly envelope: Uint8Array;
  readonly payload: Uint8Array;
  readonly bundle: Uint8Array;
}

export const packOf = (image: Uint8Array, sequence: number, signer: SigningKey = key): Packed => {
  const { envelope, bundle } = pack({ image, sequence, vendor, classId, keys: [signer] });
  return { image, envelope, bundle, payload: bundle.subarray(envelope.length) };
};

export const boardOf = (first: Packed, profile = 'tiny'): Board => {
  const board = createBoard({
    profile: boardProfile(profile),
    config: { vendor, classId, anchors: [anchorRecord(anchorOf(key))] },
  });
  const { size, writeAlign, eraseValue } = board.flash.slots[0].partition.status();
  const { image, envelope } = first;
  provision(board, 0, slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue }));
  return board;
};

export type Body = Record<string, unknown>;

export { linesOf, messageOf };

/** All messages in what came over a line. */
export const messagesIn = (bytes: Uint8Array): Uint8Array[] => {
  const reader = lineReaderNew(HEADER, 8192);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    at += lineTake(reader, bytes, at, bytes.length);
    if (reader.message > 0) found.push(reader.bytes.slice(0, reader.message));
    reader.message = 0;
  }
  return found;
};

export interface Answer {
  readonly header: Header;
  readonly body: Body;
}

export const answerOf = (message: Uint8Array): Answer => {
  const header = headerNew();
  headerRead(message, header);
  return { header, body: decode(message.subarray(HEADER)) as Body };
};

/** Lets the board go on until it has nothing to do. What it sent. */
export const settle = (line: SerialLine): Uint8Array => {
  const parts: Uint8Array[] = [];
  do parts.push(line.step());
  while (line.busy || parts.at(-1)!.length > 0);
  return new Uint8Array(Buffer.concat(parts));
};

export interface Client {
  readonly line: SerialLine;
  /** Bytes over the line, there and back. */
  up: number;
  down: number;
  ask(header: Partial<Header>, body: Body | Uint8Array): Answer | undefined;
}

export const clientOf = (board: Board, options: LineOptions = {}): Client => {
  const line = serialLine(board, options);
  line.step();
  const client: Client = {
    line,
    up: 0,
    down: 0,
    ask(header, body) {
      const request = linesOf(messageOf(header, body));
      client.up += request.length;
      line.receive(request);
      const came = settle(line);
      client.down += came.length;
      const message = messagesIn(came).at(-1);
      return message && answerOf(message);
    },
  };
  return client;
};

export const State = { group: 1, command: 0 } as const;
export const Upload = { group: 1, command: 1, op: 2 } as const;

export interface Sent {
  readonly last: Body;
  /** Chunks, and bytes of the bundle in them. */
  readonly chunks: number;
  readonly data: number;
  readonly offsets: readonly number[];
}

/** As a stock client does it: goes on at whatever `off` the answer says. `until` ends it early. */
export const send = (
  client: Client,
  bundle: Uint8Array,
  chunk: number,
  until: (chunks: number) => boolean = () => false,
): Sent => {
  const offsets: number[] = [];
  let off = 0;
  let data = 0;
  for (let chunks = 0; ; chunks++) {
    const bytes = bundle.subarray(off, off + chunk);
    const first = off === 0 ? { len: bundle.length, sha: SHA } : {};
    const answer = client.ask(Upload, { off, data: bytes, ...first });
    data += bytes.length;
    offsets.push(off);
    const next = answer?.body['off'];
    const done = typeof next !== 'number' || next === bundle.length || chunks > 5000 || until(chunks + 1);
    if (done) return { last: answer?.body ?? {}, chunks: chunks + 1, data, offsets };
    off = next;
  }
};

export const SHA: Uint8Array = new Uint8Array(32).fill(7);
