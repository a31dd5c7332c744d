/** A simulated board on UDP, managed by whoever its factory names. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lwm2mBoard } from '../../../bootloader-sim/index.ts';
import type { Board, Lwm2mBoard, Lwm2mBoardOptions } from '../../../bootloader-sim/index.ts';
import { fetchOver, openWays, ticker } from '../../../hal/node/index.ts';
import type { WaysOptions } from '../../../hal/node/index.ts';
import { monotonic, secureRandom } from '../../../hal/node/udp.ts';
import { serveCoap } from '../../../publisher/serve-coap.ts';
import { factory, firmware, release } from '../../bootloader-sim/_real.ts';

export interface Device {
  readonly board: Board;
  readonly managed: Lwm2mBoard;
  readonly sleeps: number[];
  poke(): void;
  close(): Promise<void>;
}

const TICK = 50;

export type DeviceOptions = Pick<Lwm2mBoardOptions, 'endpoint' | 'factory'> &
  Partial<Pick<Lwm2mBoardOptions, 'queue' | 'awake' | 'retry' | 'accounts' | 'onState'>> &
  WaysOptions;

/** Images: number 1 is in slot A; 666 fails its check. */
export const image = (number: number): Uint8Array => firmware(number, 24_000);
const BAD = 666;

export const bad: Uint8Array = image(BAD);

export const startDevice = async (options: DeviceOptions): Promise<Device> => {
  const board = factory(
    image(1),
    {
      behaviours: {
        images: { [createHash('sha256').update(bad).digest('hex')]: { kind: 'failsCheck', ticks: 2 } },
      },
    },
    'nrf52840',
  );
  const sleeps: number[] = [];
  const { channels, ...given } = options;
  const ways = openWays(
    (peer, bytes, from, to) => {
      managed.receive(peer, bytes.subarray(from, to), monotonic());
      clock.poke();
    },
    { channels },
  );
  const managed = lwm2mBoard(board, {
    retry: 1,
    ...given,
    connect: (uri, security) => ways.connect(uri, security),
    transmit: (peer, bytes, length) => ways.transmit(peer, bytes, length),
    random: secureRandom(),
    sleep: (until) => sleeps.push(until),
    fetch: (agent, alive, done) =>
      fetchOver(
        agent,
        (code) => {
          done(code, monotonic());
          clock.poke();
        },
        { alive },
      ),
  });
  const clock = ticker((now) => managed.step(now));
  const ticks = setInterval(() => {
    managed.tick();
    clock.poke();
  }, TICK);
  return {
    board,
    managed,
    sleeps,
    poke: () => clock.poke(),
    async close() {
      clearInterval(ticks);
      clock.stop();
      ways.close();
      board.close();
    },
  };
};

export interface Origin {
  readonly url: string;
  close(): unknown;
}

type Releases = readonly (readonly [Uint8Array, number])[];

/** By name: N.suit, and its payload beside it. */
const filesOf = (releases: Releases): Map<string, Uint8Array> =>
  new Map(
    releases.flatMap(([bytes, sequence]) => {
      const { envelope, payload } = release(bytes, sequence, { uri: `${sequence}.payload` });
      return [
        [`${sequence}.suit`, envelope],
        [`${sequence}.payload`, payload],
      ] as const;
    }),
  );

export const startCoapOrigin = async (folder: string, releases: Releases): Promise<Origin> => {
  for (const [name, bytes] of filesOf(releases)) writeFileSync(join(folder, name), bytes);
  const { url, close } = await serveCoap({ folder, port: 0 });
  return { url: url.replace(/\/$/, ''), close };
};

export const startOrigin = async (releases: Releases): Promise<Origin> => {
  const files = filesOf(releases);
  const server = createServer((request, response) => {
    const bytes = files.get(request.url!.slice(1));
    if (bytes === undefined) return response.writeHead(404).end();
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) return response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
    if (from >= bytes.length) return response.writeHead(416).end();
    const content = `bytes ${from}-${to}/${bytes.length}`;
    return response
      .writeHead(206, { 'content-range': content, 'content-length': to - from + 1 })
      .end(bytes.subarray(from, to + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};
