/** A gateway that is started again while it fetches: the server's word comes again before it goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { openGateway } from '../../gateway/gateway.ts';
import { fakeDdi } from '../hawkbit/_server.ts';
import { deviceNew, deviceWake, gatewayWritten, packed } from './_world.ts';

const PATIENCE = 60_000;
const first = packed(1);
const second = packed(2, [1, 3]);

test('started again in the middle of a download, the update comes to its end, and nothing is told as failed', async (t) => {
  const server = await fakeDdi();
  const folder = mkdtempSync(join(tmpdir(), 'flipside-restart-'));
  t.teardown(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  server.sleep = '00:00:00';
  const upstream = { kind: 'hawkbit', url: server.url.replace(/\/[^/]*$/, '') };
  const options = {
    ...gatewayWritten(folder, [{ id: 'lamp-1' }], { upstream }),
    pace: { least: 0.02, again: 0.02, settle: 0 },
  };
  const device = deviceNew('lamp-1', first, [[second, { kind: 'healthy' }]]);
  const told = (): string[] =>
    server.told.flatMap(({ body }) =>
      body.status === undefined ? [] : [`${body.status.execution} ${body.status.result.finished}`],
    );
  const until = async (what: string, holds: () => boolean, step: () => Promise<unknown>): Promise<void> => {
    for (const end = Date.now() + PATIENCE; !holds(); await pause(20)) {
      if (Date.now() > end) throw new Error(`${what}: never; told ${told().join(', ')}`);
      await step();
    }
  };

  server.instead.set('/softwaremodules', { status: 503 });
  server.assign({ id: '7', files: second.files });
  const before = await openGateway(options);
  await until(
    'fetching',
    () => told().includes('download none'),
    () => Promise.resolve(),
  );
  await before.close();

  server.instead.clear();
  // The server is slow to say it again: till then nothing may be asked for without what opens it.
  server.instead.set('/deploymentBase', { status: 503 });
  const { length } = server.asked;
  const after = await openGateway(options);
  t.teardown(() => after.close());
  await until(
    'the server asked',
    () => server.asked.slice(length).some(({ line }) => line.includes('/deploymentBase/')),
    () => Promise.resolve(),
  );
  server.instead.clear();
  await until(
    'success',
    () => told().includes('closed success'),
    () => deviceWake(device, after.coap!),
  );
  t.false(told().includes('closed failure'), told().join(', '));
  t.deepEqual(
    server.asked.filter(({ line, authorization }) => line.includes('/artifacts/') && authorization === ''),
    [],
  );
});
