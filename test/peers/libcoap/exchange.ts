/** One scenario of libcoap.ts, in a process of its own: `exchange.js NAME FOLDER`. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Phase } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { statusNew } from '../../../agent/index.ts';
import { fetchOver } from '../../../bench/net/fetch.ts';
import type { FetchOptions } from '../../../bench/net/fetch.ts';
import { clientGet, clientRun, put, startServer } from '../../../bench/net/libcoap.ts';
import { liveOf } from '../../../bootloader-sim/index.ts';
import { blockSize } from '../../../hal/coap/block.ts';
import { TIMING } from '../../../hal/coap/estimate.ts';
import { coapGet } from '../../../hal/node/coap-get.ts';
import { update } from '../../../hal/node/coap.ts';
import { serveCoap } from '../../../publisher/index.ts';
import { boardOf, imageOf, packOf } from '../../serial/_rig.ts';
import { check, same } from '../_peer.ts';
import { noise, observedServer, puttingServer } from '../_coap-server.ts';

const LENGTH = 300 * 1024;
const TRIES = 8;
/** Of a try that broke off: the block index, and the frame that it was in. */
const ANEW = 8 << 10;
const content = noise(LENGTH, 1);
const quick = { ...TIMING, roundTrip: 30, floor: 100, patience: 5000 };
const folder = process.argv[3]!;
const file = join(folder, 'content');
writeFileSync(file, content);

const whole = (bytes: Uint8Array, whose: string, wanted: Uint8Array = content): void =>
  check(Buffer.compare(bytes, wanted) === 0, `${whose}: ${bytes.length} bytes, or other ones`);

const download = async (options: Partial<FetchOptions>, from = 0): Promise<string> => {
  const server = await startServer();
  try {
    put(server.port, 'fw', file);
    const asked = {
      port: server.port,
      path: '/fw',
      length: LENGTH - from,
      from,
      szx: 6,
      window: 1,
      ...options,
    };
    const got = await fetchOver(asked);
    same(got.code, 0, 'code');
    whole(got.bytes, 'what came', content.subarray(from));
    const { requests, changes } = got.download;
    return `${requests} blocks of ${blockSize(asked.szx)}, ETag changed ${changes} times`;
  } finally {
    await server.kill();
  }
};

const first = packOf(imageOf(20, 1), 1);
const second = packOf(imageOf(20, 2, [...Array(20).keys()]), 2);

/** A server that loses datagrams may take a file in part and say nothing: what it has is read back. */
const putWhole = async (port: number, path: string, name: string, bytes: Uint8Array): Promise<void> => {
  writeFileSync(join(folder, name), bytes);
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      put(port, path, join(folder, name));
    } catch {
      continue;
    }
    const timing = { ...quick, retransmits: 8, patience: 20_000 };
    const got = await coapGet(`coap://127.0.0.1:${port}/${path}`, bytes.length, timing);
    if (got.code >= 0 && Buffer.compare(got.bytes, bytes) === 0) return;
  }
  throw new Error(`${path}: the server does not take it whole`);
};

/** A whole update from libcoap's server; `meanwhile` is told the bytes that came. */
const updated = async (
  serverOptions: string[],
  meanwhile?: (server: ChildProcess, bytes: number) => void,
): Promise<{ readonly told: string; readonly again: number }> => {
  const { port, child, kill } = await startServer(...serverOptions);
  try {
    const bin = /[0-9a-f]{32}\.bin/.exec(Buffer.from(second.envelope).toString('latin1'))![0];
    await putWhole(port, 'fw/update.suit', 'envelope', second.envelope);
    await putWhole(port, `fw/${bin}`, 'payload', second.payload);
    const { agent } = liveOf(boardOf(first, 'esp32-c3'));
    let [sent, again] = [0, 0];
    for (let tries = 1; ; tries++) {
      const delivery = await update(agent!, {
        envelopeUrl: `coap://127.0.0.1:${port}/fw/update.suit`,
        timing: quick,
        alive: (bytes) => {
          meanwhile?.(child, bytes);
          return true;
        },
      });
      sent += delivery.bytesSent;
      again += delivery.retransmitted;
      // Of ten blocks lost on the way one is lost five times in a row now and then: the board asks anew, and goes on.
      if (delivery.code === Err.CoapTimeout && tries < TRIES) continue;
      same(delivery.code, 0, 'code');
      const status = statusNew();
      agent!.status(status);
      same(status.phase, Phase.Staged, 'phase');
      const whole = second.envelope.length + second.payload.length;
      const anew = tries * (second.envelope.length + ANEW);
      check(sent <= whole + anew, `${tries} tries sent ${sent} bytes: what was in flash came again`);
      const told = `${tries} tries, ${delivery.requests} blocks, ${again} sent again, ${delivery.faults} faults`;
      return { told, again };
    }
  } finally {
    await kill();
  }
};

const clientDownload = async (block: number): Promise<string> => {
  const server = await serveCoap({ folder, port: 0 });
  try {
    const got = await clientGet(server.port, 'content', block);
    whole(got.bytes, `coap-client: ${got.errors}`);
    return `${LENGTH / block} blocks of ${block}`;
  } finally {
    await server.close();
  }
};

const SCENARIOS: Readonly<Record<string, () => Promise<string>>> = {
  'get-1024': () => download({ szx: 6 }),
  'get-256': () => download({ szx: 4 }),
  'get-64': () => download({ szx: 2 }),
  'get-window': () => download({ szx: 6, window: 4 }),
  'get-window-256': () => download({ szx: 4, window: 8, held: 3 }),
  'get-pinned': () => download({ szx: 6, token: Uint8Array.of(7, 7) }),
  'get-middle': () => download({ szx: 6, window: 4 }, 100 * 1024),
  'get-odd': () => download({ szx: 5, window: 4 }, 12_345),
  update: async () => (await updated([])).told,
  async 'update-loss'() {
    const { told, again } = await updated(['-l', '10%']);
    check(again > 0, `nothing was lost: ${told}`);
    return told;
  },
  async 'update-stall'() {
    let stalled = false;
    const { told, again } = await updated([], (child, bytes) => {
      if (stalled || bytes < 20_000) return;
      stalled = true;
      child.kill('SIGSTOP');
      setTimeout(() => child.kill('SIGCONT'), 3000);
    });
    check(stalled && again > 0, `the server did not stop, or nothing had to be asked for again: ${told}`);
    return told;
  },
  'client-get-1024': () => clientDownload(1024),
  'client-get-64': () => clientDownload(64),
  'client-missing': async () => {
    const server = await serveCoap({ folder, port: 0 });
    const got = await clientGet(server.port, 'none', 1024);
    await server.close();
    check(got.errors.includes('4.04'), `it says: ${got.errors}`);
    return got.errors.trim();
  },
  'client-put': async () => {
    const server = await puttingServer();
    const args = ['-m', 'put', '-b', '512', '-f', file, `coap://127.0.0.1:${server.port}/up`];
    const ran = await clientRun(...args);
    await server.close();
    same(ran.errors.trim(), '', 'what it says');
    whole(server.taken(), 'what was put');
    return `${server.blocks()} blocks of 512`;
  },
  'client-observe': async () => {
    const server = await observedServer(['one', 'two', 'three', 'four']);
    const ran = await clientRun('-s', '5', `coap://127.0.0.1:${server.port}/value`);
    // Its last word may be on the way yet.
    for (const end = Date.now() + 30_000; server.observers() > 0 && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await server.close();
    const text = Buffer.from(ran.bytes).toString();
    for (const value of ['one', 'two', 'three', 'four']) check(text.includes(value), `it has: ${text}`);
    same(server.observers(), 0, 'observers that are left when it has gone');
    return 'four values; it leaves the list when it goes';
  },
};

console.log(await SCENARIOS[process.argv[2]!]!());
