/** One scenario of libcoap-dtls.ts, in a process of its own: `exchange.js NAME FOLDER`. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Phase } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { statusNew } from '../../../agent/index.ts';
import { freePort } from '../../../bench/net/ports.ts';
import { liveOf } from '../../../bootloader-sim/index.ts';
import type { Endpoint } from '../../../hal/coap/contract.ts';
import { openEndpoint } from '../../../hal/coap/endpoint.ts';
import { estimateNew, TIMING } from '../../../hal/coap/estimate.ts';
import { update } from '../../../hal/node/coap.ts';
import { nodeSecureChannels } from '../../../hal/node/dtls.ts';
import type { DtlsLibrary } from '../../../hal/node/dtls.ts';
import type { SecureChannel } from '../../../hal/secure-channel.ts';
import { boardOf, imageOf, packOf } from '../../serial/_rig.ts';
import { check, same } from '../_peer.ts';
import { fetchBlocks, FIRMWARE, sha256 } from '../aiocoap/ours.ts';
import type { Place } from '../aiocoap/socket.ts';
import { IDENTITY, KEY, startServer } from './server.ts';
import type { Server } from './server.ts';

const LIBRARY = '.cache/peers/modules/node_modules/node-dtls-client/build/dtls.js';
const library = async (): Promise<DtlsLibrary> => {
  const { dtls } = (await import(pathToFileURL(LIBRARY).href)) as { dtls: DtlsLibrary };
  return dtls;
};

interface Ended {
  readonly code: number;
  readonly reason: string;
}

interface Opened {
  readonly place: Place;
  readonly channel: SecureChannel;
  /** When the channel ends. */
  readonly ended: Promise<Ended>;
}

/** An endpoint on a channel. Rejects with what ended the channel before it was open. */
const openPlace = (dtls: DtlsLibrary, port: number, key: string): Promise<Opened> =>
  new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let tell: (ended: Ended) => void = () => undefined;
    const ended = new Promise<Ended>((told) => (tell = told));
    const peer = { estimate: estimateNew(TIMING) };
    const now = (): number => Math.round(performance.now());
    const endpoint: Endpoint = openEndpoint({
      outgoing: [1200, 1200],
      random: () => randomInt(2 ** 32) / 2 ** 32,
      transmit: (_, bytes, length) => void channel.send(bytes, length),
    });
    const pump = (): void => {
      clearTimeout(timer);
      const due = endpoint.tick(now());
      if (due !== Infinity) timer = setTimeout(pump, Math.max(1, due - now()));
    };
    const place: Place = { endpoint, port, peer: () => peer, now, pump, close: () => channel.close() };
    const channel: SecureChannel = nodeSecureChannels(dtls).open(
      { host: '127.0.0.1', port, identity: IDENTITY, key: Buffer.from(key) },
      {
        opened: () => resolve({ place, channel, ended }),
        received: (bytes, from, to) => {
          endpoint.receive(peer, bytes, from, to, now());
          pump();
        },
        closed(code, reason) {
          clearTimeout(timer);
          tell({ code, reason });
          reject(Object.assign(new Error(reason), { code }));
        },
      },
    );
  });

const refused = (opening: Promise<Opened>): Promise<Ended> =>
  opening.then(
    () => {
      throw new Error('the channel is open');
    },
    (error: Error & { code: number }) => ({ code: error.code, reason: error.message }),
  );

const servers: Server[] = [];
const server = async (
  hint: string,
  files?: Readonly<Record<string, string>>,
  library?: 'gnutls',
): Promise<number> => {
  const made = await startServer(hint, files, library);
  servers.push(made);
  return made.port;
};

const written = (folder: string, files: Readonly<Record<string, Uint8Array>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => {
      writeFileSync(join(folder, name), bytes);
      return [name, join(folder, name)];
    }),
  );

const firmware = (folder: string): Record<string, string> => written(folder, { fw: FIRMWARE });

const fetched = async (dtls: DtlsLibrary, port: number): Promise<string> => {
  const { place, channel, ended } = await openPlace(dtls, port, KEY);
  const got = await fetchBlocks(place, port);
  same(sha256(got.bytes), sha256(FIRMWARE), 'what came');
  channel.close();
  same((await ended).code, 0, 'the end');
  check(!channel.send(FIRMWARE, 10), 'sends on a channel that has ended');
  return `${got.blocks} blocks`;
};

/** A message of the handshake that is not known, and a ServerHello that is cut (RFC 6347 section 4.2.2). */
const HEAD = '16fefd0000000000000000000f';
const JUNK = [`${HEAD}630000030000000000000003000141`, `${HEAD}020000030000000000000003fefd40`];

/** Answers the first datagram with that. */
const junkServer = async (answer: string): Promise<number> => {
  const socket = createSocket('udp4');
  socket.once('message', (_, from) => socket.send(Buffer.from(answer, 'hex'), from.port, from.address));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket.address().port;
};

const SCENARIOS: Readonly<Record<string, (dtls: DtlsLibrary, folder: string) => Promise<string>>> = {
  get: async (dtls, folder) => fetched(dtls, await server('', firmware(folder))),
  async 'wrong-key'(dtls) {
    const { code, reason } = await refused(openPlace(dtls, await server(''), 'another key'));
    same(code, Err.ChannelFailed, 'the code');
    return reason;
  },
  'get-hint': async (dtls, folder) => fetched(dtls, await server('a hint', firmware(folder), 'gnutls')),
  async update(dtls, folder) {
    const first = packOf(imageOf(6, 1), 1);
    const second = packOf(imageOf(6, 2, [0, 1, 2, 3, 4, 5]), 2);
    const port = await server('', written(folder, { envelope: second.envelope, payload: second.payload }));
    const { agent } = liveOf(boardOf(first));
    const at = `coaps://127.0.0.1:${port}/`;
    const channels = nodeSecureChannels(dtls);
    const delivery = await update(agent!, {
      envelopeUrl: `${at}envelope`,
      payloadUrl: `${at}payload`,
      secure: (host, place, events) =>
        channels.open({ host, port: place, identity: IDENTITY, key: Buffer.from(KEY) }, events),
    });
    same([delivery.code, delivery.faults], [0, 0], 'the update');
    const status = statusNew();
    agent!.status(status);
    same(status.phase, Phase.Staged, 'the phase');
    return `${delivery.bytesSent} bytes in ${delivery.requests} blocks`;
  },
  async junk(dtls, folder) {
    const reasons: string[] = [];
    for (const answer of JUNK) {
      const { code, reason } = await refused(openPlace(dtls, await junkServer(answer), KEY));
      same(code, Err.ChannelFailed, 'the code');
      reasons.push(reason);
    }
    // The process lives: the next channel works.
    await fetched(dtls, await server('', firmware(folder)));
    return reasons.join('; ');
  },
  async nobody(dtls) {
    const { code, reason } = await refused(openPlace(dtls, await freePort(), KEY));
    same(code, Err.ChannelFailed, 'the code');
    return reason;
  },
};

const [name, folder] = process.argv.slice(2) as [string, string];
try {
  console.log(await SCENARIOS[name]!(await library(), folder));
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  for (const one of servers) await one.kill();
}
// The library keeps a timer of its own for a handshake that broke off.
process.exit();
