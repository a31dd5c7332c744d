/** One scenario of node-coap.ts, in a process of its own: `exchange.js NAME FOLDER`. */
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Readable, Writable } from 'node:stream';
import { fetchOver } from '../../../bench/net/fetch.ts';
import { freePort } from '../../../bench/net/ports.ts';
import { openEndpoint } from '../../../hal/coap/endpoint.ts';
import { estimateNew, TIMING } from '../../../hal/coap/estimate.ts';
import { Code, Option } from '../../../hal/coap/numbers.ts';
import { writePath } from '../../../hal/coap/path.ts';
import { writeUint } from '../../../hal/coap/writer.ts';
import { monotonic, secureRandom, udpConnect } from '../../../hal/node/udp.ts';
import { serveCoap } from '../../../publisher/index.ts';
import { noise, observedServer, puttingServer } from '../_coap-server.ts';
import { check, same } from '../_peer.ts';

/** As much of node-coap as is used here. */
interface Answer extends Readable {
  readonly code: string;
  readonly payload: Buffer;
  close(): void;
}
interface Outgoing extends Writable {
  setOption(name: string, value: unknown): void;
  reset?(): void;
}
interface Asked {
  readonly url: string;
  readonly headers: Record<string, unknown>;
}
interface NodeCoap {
  createServer(handler: (request: Asked, response: Outgoing) => void): {
    listen(port: number, host: string, ready: () => void): void;
    close(): void;
    address?(): AddressInfo;
  };
  request(options: object): Outgoing & { on(event: 'response', listener: (answer: Answer) => void): unknown };
}

const LIBRARY = '.cache/peers/modules/node_modules/coap/dist/index.js';
const loaded = (await import(pathToFileURL(LIBRARY).href)) as { default: NodeCoap };
const coap = loaded.default;

const HOST = '127.0.0.1';
const LENGTH = 300 * 1024;
const content = noise(LENGTH, 1);
const folder = process.argv[3]!;
writeFileSync(join(folder, 'content'), content);

const whole = (bytes: Uint8Array, whose: string): void =>
  check(Buffer.compare(bytes, content) === 0, `${whose}: ${bytes.length} bytes, or other ones`);

const theirServer = async (handler: (request: Asked, response: Outgoing) => void): Promise<number> => {
  const port = await freePort();
  const server = coap.createServer(handler);
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  return port;
};

const fetched = async (token: Uint8Array): Promise<{ made: number; tag: string }> => {
  let made = 0;
  const port = await theirServer((_, response) => {
    made++;
    response.setOption('ETag', Buffer.from('0102030405060708', 'hex'));
    response.end(content);
  });
  const got = await fetchOver({ port, path: '/fw', length: LENGTH, szx: 6, window: 1, token });
  same(got.code, 0, 'code');
  whole(got.bytes, 'what came');
  const { tag } = got.download;
  return { made, tag: Buffer.from(tag.bytes.subarray(0, tag.length)).toString('hex') };
};

const theirRequest = (options: object, body?: Uint8Array): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = coap.request({ hostname: HOST, ...options });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body === undefined ? undefined : Buffer.from(body));
  });

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};

const SCENARIOS: Readonly<Record<string, () => Promise<string>>> = {
  get: async () => {
    const { made } = await fetched(new Uint8Array(0));
    check(made >= LENGTH / 1024, `it made the answer ${made} times: mended`);
    return `${made} times for ${LENGTH / 1024} blocks`;
  },
  'get-pinned': async () => {
    const { made } = await fetched(Uint8Array.of(1, 2));
    same(made, 1, 'times that it made the answer');
    return 'once';
  },
  'get-tag': async () => {
    const { tag } = await fetched(Uint8Array.of(3, 4));
    same(tag.length, 4, 'digits of the ETag');
    return `ETag ${tag}`;
  },
  observe: async () => {
    const port = await theirServer((_, response) => {
      let at = 0;
      const timer = setInterval(() => {
        response.write(String(at++));
        if (at === 5) {
          clearInterval(timer);
          response.end();
        }
      }, 100);
    });
    const values: string[] = [];
    const peer = { estimate: estimateNew(TIMING) };
    const endpoint = openEndpoint({
      transmit: (_, bytes, length) => link.send(bytes, length),
      random: secureRandom(),
      outgoing: [64],
    });
    const link = await udpConnect(HOST, port, (bytes) =>
      endpoint.receive(peer, bytes, 0, bytes.length, monotonic()),
    );
    endpoint.request(
      {
        peer,
        method: Code.Get,
        confirmable: true,
        observe: true,
        token: new Uint8Array(0),
        tokenLength: 0,
        write: (w) => {
          writeUint(w, Option.Observe, 0);
          writePath(w, '/value');
        },
        answered: (message) =>
          values.push(Buffer.from(message.bytes.subarray(message.payload, message.end)).toString()),
        failed: (code) => values.push(`failed ${code}`),
      },
      monotonic(),
    );
    await until(() => values.length >= 5);
    link.close();
    same(values.slice(0, 5), ['0', '1', '2', '3', '4'], 'values');
    return values.join(' ');
  },
  'client-get': async () => {
    const server = await serveCoap({ folder, port: 0, trusted: true });
    const answer = await theirRequest({ port: server.port, pathname: '/content' });
    same(answer.code, '2.05', 'code');
    whole(answer.payload, 'what came');
    return `${answer.payload.length} bytes`;
  },
  'client-put': async () => {
    const server = await puttingServer();
    const options = { Block1: Buffer.from([0x06]) };
    const answer = await theirRequest(
      { port: server.port, pathname: '/up', method: 'PUT', options },
      content,
    );
    same(answer.code, '2.04', 'code');
    whole(server.taken(), 'what was put');
    return `${server.blocks()} blocks`;
  },
  'client-observe': async () => {
    const server = await observedServer(['one', 'two', 'three']);
    const answer = await theirRequest({ port: server.port, pathname: '/value', observe: true });
    const values: string[] = [];
    answer.on('data', (bytes: Buffer) => values.push(bytes.toString()));
    await until(() => values.includes('three'));
    answer.close();
    await until(() => server.observers() === 0);
    return `${[...new Set(values)].join(' ')}; it leaves the list when it closes`;
  },
};

console.log(await SCENARIOS[process.argv[2]!]!());
process.exit(0);
