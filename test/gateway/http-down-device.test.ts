/** The chain of DDI: a server above, the gateway, and below it a board that is a device of hawkBit, and thinks so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { liveOf, restart, tick } from '../../bootloader-sim/index.ts';
import type { Behaviour } from '../../bootloader-sim/index.ts';
import { tokenHash } from '../../gateway/config/secrets.ts';
import { openGateway } from '../../gateway/gateway.ts';
import { POLL_BOUNDS } from '../../hal/hawkbit/index.ts';
import { keepMemory } from '../../hal/node/keep.ts';
import { openHawkbitDevice } from '../../hal/node/hawkbit-device.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import type { FakeDdi } from '../hawkbit/_server.ts';
import { authority, tokenOf } from './_http-down.ts';
import { deviceNew, gatewayWritten, packed } from './_world.ts';

const ID = 'lamp-1';
const PATIENCE = 60_000;
const factory = packed(1);
const next = packed(2, [1, 3]);
const certificateAt = (name: string): string => resolve(`test/http/certificates/${name}.pem`);

interface Chain {
  readonly server: FakeDdi;
  readonly troubles: string[];
  /** Contacts, runs and restarts until it holds, or so many boots. */
  live(holds: () => boolean): Promise<void>;
  statuses(): string[];
}

const chainOf = async (t: ExecutionContext, behaviour: Behaviour, proves: boolean): Promise<Chain> => {
  const server = await fakeDdi();
  t.teardown(() => server.close());
  server.sleep = '00:00:00';
  const folder = mkdtempSync(join(tmpdir(), 'flipside-ddi-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const http = { port: 0, cert: certificateAt('server'), key: certificateAt('server.key') };
  const written = gatewayWritten(folder, [{ id: ID }], { upstream, http, coap: undefined });
  written.secrets.devices[ID]!.tokenHash = tokenHash(tokenOf(ID));
  const gateway = await openGateway({ ...written, pace: { least: 0.02, settle: 0 } });
  t.teardown(() => gateway.close());
  server.assign({ id: '7', files: next.files });

  const { board, reporter } = deviceNew(ID, factory, [[next, behaviour]]);
  const keep = keepMemory();
  const troubles: string[] = [];
  let now = 1;
  const boot = async (holds: () => boolean): Promise<void> => {
    const { agent, cycle } = liveOf(board);
    const device = openHawkbitDevice({
      url: `${gateway.http!}DEFAULT/controller/v1/${ID}`,
      token: tokenOf(ID),
      ca: authority,
      agent: agent!,
      keep,
      bounds: { ...POLL_BOUNDS, jitter: 0 },
      restart: () => restart(board),
      alive: () => cycle.ended === undefined,
      now: () => now,
      onTrouble: (words) => void troubles.push(words),
      ...(proves
        ? {
            prove: (into: Uint8Array, status: object, report: object) =>
              reporter.write(into, { status, report } as never),
          }
        : {}),
    });
    while (cycle.ended === undefined && !holds()) {
      const wait = await device.contact();
      for (let ticks = 0; ticks < 5 && cycle.ended === undefined; ticks++) tick(board, liveOf(board));
      now += Math.min(wait, 60_000);
      await new Promise((done) => setTimeout(done, 20));
    }
    device.close();
  };
  const statuses = (): string[] =>
    server.told.flatMap(({ body: { status } }) =>
      status === undefined ? [] : [`${status.execution} ${status.result.finished}`],
    );
  const live = async (holds: () => boolean): Promise<void> => {
    const end = Date.now() + PATIENCE;
    const over = (): boolean => {
      if (Date.now() > end) throw new Error(`never; told ${statuses().join(', ')}; ${troubles.join('; ')}`);
      return holds();
    };
    while (!over()) await boot(over);
  };
  return { server, troubles, live, statuses };
};

const wordsOf = ({ server }: Chain): string[] =>
  server.told.flatMap(
    ({ body }) => body.status?.details?.filter((line) => !line.startsWith('report:')) ?? [],
  );

test('installed, confirmed, and closed above by the report that came along', async (t) => {
  const chain = await chainOf(t, { kind: 'healthy' }, true);
  await chain.live(() => chain.statuses().some((one) => one.startsWith('closed')));
  t.is(chain.statuses().at(-1), 'closed success');
  const closing = chain.server.told.find(({ body }) => body.status?.execution === 'closed')!.body.status!;
  t.true(closing.details!.some((line) => line.startsWith('report:')));
  t.deepEqual(chain.troubles, []);
});

test('went back: closed above with the reason that the report proves', async (t) => {
  const chain = await chainOf(t, { kind: 'failsCheck', ticks: 1 }, true);
  await chain.live(() => chain.statuses().some((one) => one.startsWith('closed')));
  t.is(chain.statuses().at(-1), 'closed failure');
  t.regex(wordsOf(chain).at(-1)!, /the device went back: /);
});

test('one that proves nothing: its success is told above as a claim, and closes nothing', async (t) => {
  const chain = await chainOf(t, { kind: 'healthy' }, false);
  await chain.live(() => wordsOf(chain).some((line) => line.includes('says, without proof: success')));
  t.false(
    chain.statuses().some((one) => one.startsWith('closed')),
    chain.statuses().join(', '),
  );
});
