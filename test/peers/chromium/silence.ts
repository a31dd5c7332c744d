/** A line that is up and says nothing: no end of it ever comes, as behind a router that has forgotten it. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { statusRooms } from '../../gateway/_status-rooms.ts';
import { same } from '../_peer.ts';
import type { SuiteScenario } from '../_suite.ts';
import { overRooms, shows, tried, until } from './stage.ts';
import type { Stage } from './stage.ts';

interface Proxy {
  readonly url: string;
  /** Streams of events that are open now carry nothing any more, either way. Returns how many there were. */
  mute(): number;
  close(): Promise<void>;
}

const proxyOpen = async (to: string): Promise<Proxy> => {
  const { port, hostname } = new URL(to);
  const pairs = new Set<readonly [Socket, Socket]>();
  const streams = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const pair = [near, connect(Number(port), hostname)] as const;
    pairs.add(pair);
    const [, far] = pair;
    near.pipe(far).pipe(near);
    far.on('data', (bytes: Buffer) => {
      if (bytes.includes('text/event-stream')) streams.add(pair);
    });
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => [pairs, streams].forEach((set) => set.delete(pair)));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    mute() {
      for (const [near, far] of streams) {
        near.unpipe(far);
        far.unpipe(near);
        for (const socket of [near, far]) socket.resume();
      }
      return streams.size;
    },
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

export const silence: SuiteScenario<Stage> = [
  'a line that is up and silent is taken for lost, and begun anew',
  ({ browser }) => {
    const rooms = statusRooms();
    return overRooms(rooms, async (status) => {
      const proxy = await proxyOpen(status.url);
      try {
        return await tried(browser, proxy.url, async (page) => {
          await shows(page.locator('#rows'), 'lamp-10');
          await shows(page.locator('#line'), 'live');
          // It may be lost for a moment only: all that the line says is written down.
          await page.evaluate(`window.said = []; new MutationObserver(() =>
            said.push(document.getElementById('line').textContent)).observe(document.getElementById('line'), { childList: true })`);
          same(proxy.mute(), 1, 'streams of events');
          await until('lost, and live again', async () => (await page.evaluate('said.length')) === 2);
          rooms.change('lamp-10', { refusedReports: 10 });
          await shows(page.locator('#rows'), '10 reports refused');
          same(await page.evaluate('said'), ['not connected', 'live'], 'the line');
        });
      } finally {
        await proxy.close();
      }
    });
  },
];
