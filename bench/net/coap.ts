/** 300 KB from libcoap's server, by libcoap's client and by ours, in the same run; without loss, and with. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockSize } from '../../hal/coap/block.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import { rounded } from '../row.ts';
import { fetchOver } from './fetch.ts';
import type { Fetched } from './fetch.ts';
import { clientGet, put, startRelay, startServer } from './libcoap.ts';
import { atLeast, atMost, plain } from './row.ts';
import type { NetRow } from './row.ts';

const LENGTH = 300 * 1024;
/** Of each, the quickest counts: what else the machine does can only add to it. */
const TIMES = 15;
const SEEDS = [1, 2, 3];
const LOSS = 0.05;
/** Each way; a round trip is twice that. */
const DELAY = 25;
/**
 * Seconds. libcoap 4.3.1's client forgets a transfer in blocks 93 s after it began (MAX_TRANSMIT_WAIT), and then waits for
 * nothing: over this link it comes to no end. Its speed is taken up to there.
 */
const PATIENCE = '95';
const SZX = 6;
const WINDOW = 4;
/** What is known of that link beforehand: about its round trip. */
const timing = { ...TIMING, roundTrip: 60 };

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const speed = (milliseconds: number): number => LENGTH / 1024 / (milliseconds / 1000);

const whole = (bytes: Uint8Array, wanted: Uint8Array, whose: string): void => {
  if (Buffer.compare(bytes, wanted) !== 0)
    throw new Error(`${whose} has ${bytes.length} bytes, or other ones`);
};

const ours = async (port: number, window: number, wanted: Uint8Array): Promise<Fetched> => {
  const got = await fetchOver({ port, path: '/fw', length: LENGTH, szx: SZX, window, timing });
  whole(got.bytes, wanted, `our client, code ${got.code},`);
  return got;
};

/** In turn. The start of libcoap's client is taken off, which a fetch of one block shows. */
const withoutLoss = async (port: number, wanted: Uint8Array): Promise<NetRow[]> => {
  const times: Record<'libcoap' | 'start' | 'one' | 'window', number[]> = {
    libcoap: [],
    start: [],
    one: [],
    window: [],
  };
  // Once beforehand: a device does not compile its code at each update.
  for (const window of [1, WINDOW]) for (let i = 0; i < 3; i++) await ours(port, window, wanted);
  for (let i = 0; i < TIMES; i++) {
    const got = await clientGet(port, 'fw', blockSize(SZX));
    whole(got.bytes, wanted, 'coap-client');
    times.libcoap.push(got.milliseconds);
    times.start.push((await clientGet(port, 'one', blockSize(SZX))).milliseconds);
    times.one.push((await ours(port, 1, wanted)).milliseconds);
    times.window.push((await ours(port, WINDOW, wanted)).milliseconds);
  }
  const libcoap = Math.min(...times.libcoap) - Math.min(...times.start);
  const one = Math.min(...times.one);
  const window = Math.min(...times.window);
  const what = 'loopback, no loss';
  return [
    plain('coap-client, its start taken off', what, rounded(speed(libcoap), 0), 'KB/s'),
    plain('ours, one block at a time', what, rounded(speed(one), 0), 'KB/s'),
    plain(`ours, window ${WINDOW}`, what, rounded(speed(window), 0), 'KB/s'),
    atLeast(`ours, window ${WINDOW}, over coap-client`, what, rounded(libcoap / window, 2), 'times', 0.7),
    plain('ours, one block at a time, over coap-client', what, rounded(libcoap / one, 2), 'times'),
  ];
};

/** A server with the file, and the relay before it, for one client alone. */
const alone = async <T>(file: string, seed: number, run: (port: number) => Promise<T>): Promise<T> => {
  const server = await startServer();
  try {
    put(server.port, 'fw', file);
    const relay = await startRelay(server.port, seed, LOSS, DELAY);
    try {
      return await run(relay.port);
    } finally {
      await relay.kill();
    }
  } finally {
    await server.kill();
  }
};

/** All at once: they wait, and take next to no time of the machine. */
const withLoss = async (file: string, wanted: Uint8Array): Promise<NetRow[]> => {
  const theirs: number[] = [];
  const shares: number[] = [];
  const one: Fetched[] = [];
  const window: Fetched[] = [];
  const races = SEEDS.map(async (seed) => {
    const [got, single, several] = await Promise.all([
      alone(file, seed, (port) => clientGet(port, 'fw', blockSize(SZX), '-B', PATIENCE)),
      alone(file, seed, (port) => ours(port, 1, wanted)),
      alone(file, seed, (port) => ours(port, WINDOW, wanted)),
    ]);
    const came = got.bytes.length;
    whole(got.bytes, wanted.subarray(0, came), `coap-client, seed ${seed},`);
    shares.push(came / LENGTH);
    theirs.push((got.lastByte * LENGTH) / came);
    one.push(single);
    window.push(several);
  });
  await Promise.all(races);
  const libcoap = median(theirs);
  const single = median(one.map((each) => each.milliseconds));
  const several = median(window.map((each) => each.milliseconds));
  const what = '5 % loss each way, 50 ms round trip';
  const total = (of: (fetched: Fetched) => number): number => window.reduce((sum, each) => sum + of(each), 0);
  return [
    plain('coap-client, at the speed it had until it stopped', what, rounded(libcoap / 1000, 1), 's'),
    plain('coap-client, what came before it stopped', what, rounded(median(shares), 2), 'share'),
    plain('ours, one block at a time', what, rounded(single / 1000, 1), 's'),
    plain(`ours, window ${WINDOW}`, what, rounded(several / 1000, 1), 's'),
    atLeast(`ours, window ${WINDOW}, over coap-client`, what, rounded(libcoap / several, 1), 'times', 5),
    plain('ours, one block at a time, over coap-client', what, rounded(libcoap / single, 1), 'times'),
    plain(
      'sent again, of all requests',
      what,
      rounded(total((f) => f.counts.retransmitted) / total((f) => f.download.requests), 3),
      'share',
    ),
    plain(
      'blocks thrown away, of all requests',
      what,
      rounded(total((f) => f.download.dropped) / total((f) => f.download.requests), 3),
      'share',
    ),
  ];
};

const withFiles = async (
  measure: (port: number, file: string, wanted: Uint8Array) => Promise<NetRow[]>,
): Promise<NetRow[]> => {
  const wanted = randomBytes(LENGTH);
  const folder = mkdtempSync(join(tmpdir(), 'flipside-net-'));
  const file = join(folder, 'fw');
  const server = await startServer();
  try {
    writeFileSync(file, wanted);
    writeFileSync(join(folder, 'one'), wanted.subarray(0, 64));
    put(server.port, 'fw', file);
    put(server.port, 'one', join(folder, 'one'));
    return await measure(server.port, file, wanted);
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
};

export const coapRows = (): Promise<NetRow[]> =>
  withFiles(async (port, _file, wanted) => {
    const rows = await withoutLoss(port, wanted);
    const { held } = await ours(port, WINDOW, wanted);
    const blocks = rounded(held / blockSize(SZX), 2);
    const what = `blocks of ${blockSize(SZX)}, window ${WINDOW}`;
    return [...rows, atMost('typed arrays of endpoint and download', what, blocks, 'blocks', 2)];
  });

export const coapLossRows = (): Promise<NetRow[]> =>
  withFiles((_port, file, wanted) => withLoss(file, wanted));
