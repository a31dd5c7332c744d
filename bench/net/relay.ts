/**
 * A relay of UDP that loses and delays, in a process of its own: `relay.js PORT SEED LOSS DELAY`, where LOSS is the share of
 * datagrams lost in each direction and DELAY milliseconds each way. Prints its own port. A client that ends may be followed
 * by the next; each has a socket of its own to the server.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createLink } from '../../bootloader-sim/link/link.ts';
import type { Link } from '../../bootloader-sim/link/link.ts';
import { monotonic } from '../../hal/node/udp.ts';

const [port, seed, loss, delay] = process.argv.slice(2).map(Number) as [number, number, number, number];
const HOST = '127.0.0.1';
const near = createSocket('udp4');

interface Way {
  readonly link: Link;
  readonly far: Socket;
  timer: NodeJS.Timeout | undefined;
}

const ways = new Map<number, Way>();

const pump = (client: number, way: Way): void => {
  clearTimeout(way.timer);
  const now = monotonic();
  for (let one = way.link.take(now); one; one = way.link.take(now)) {
    if (one.to === 1) way.far.send(one.bytes, port, HOST);
    else near.send(one.bytes, client, HOST);
  }
  const next = way.link.next();
  if (next !== Infinity) way.timer = setTimeout(() => pump(client, way), Math.max(0, next - now));
};

const open = (client: number): Way => {
  const far = createSocket('udp4');
  const way: Way = { link: createLink({ seed, loss, delay }), far, timer: undefined };
  far.on('message', (bytes) => {
    way.link.send(1, bytes, monotonic());
    pump(client, way);
  });
  far.on('error', () => undefined);
  ways.set(client, way);
  return way;
};

near.on('message', (bytes, { port: client }) => {
  const way = ways.get(client) ?? open(client);
  way.link.send(0, bytes, monotonic());
  pump(client, way);
});
near.bind(0, HOST, () => console.log(near.address().port));
