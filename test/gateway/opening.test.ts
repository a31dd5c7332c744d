/** What is said when a gateway is opened, and what is left open when it cannot be. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { openGateway } from '../../gateway/gateway.ts';
import { PublishError } from '../../publisher/errors.ts';
import { gatewayWritten } from './_world.ts';

const upstream = { kind: 'hawkbit', url: 'http://127.0.0.1:1/DEFAULT/controller/v1' };

const written = (t: ExecutionContext, fields: object): ReturnType<typeof gatewayWritten> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-opening-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return gatewayWritten(folder, [{ id: 'lamp-1' }, { id: 'lamp-2' }], { upstream, ...fields });
};

test('devices whose report keys are not among the secrets are named', async (t) => {
  const said: string[] = [];
  const options = written(t, {});
  const { 'lamp-2': _, ...devices } = options.secrets.devices;
  const gateway = await openGateway({
    ...options,
    secrets: { ...options.secrets, devices },
    warn: (words) => said.push(words),
  });
  await gateway.close();
  const found = said.filter((words) => words.includes('no report key'));
  t.is(found.length, 1);
  t.regex(found[0]!, /no report key for lamp-2: none of their reports is believed\. Enrol them anew/);
});

test('neither CoAP nor HTTP: said', async (t) => {
  const said: string[] = [];
  const options = written(t, { coap: undefined });
  const gateway = await openGateway({ ...options, warn: (words) => said.push(words) });
  await gateway.close();
  t.regex(said.join('\n'), /neither coap nor http, and no device can check in/);
});

test('a port that is taken: said with the remedy, and all is closed, so that the next start succeeds', async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const options = written(t, { coap: { port, insecure: true } });
  const error = await t.throwsAsync(openGateway(options), { instanceOf: PublishError });
  t.is(error.message, `127.0.0.1:${port}: coap: EADDRINUSE. Give another port`);
  socket.close();
  await once(socket, 'close');
  const gateway = await openGateway(options);
  t.is(gateway.coap, `coap://127.0.0.1:${port}/`);
  await gateway.close();
});

test('CoAP without a context, and not asked for in the open: refused with the remedy', async (t) => {
  const options = written(t, { coap: { port: 0 } });
  const error = await t.throwsAsync(openGateway(options), { instanceOf: PublishError });
  t.regex(error.message, /gateway\.json: coap: .*Give devices a key of OSCORE/);
});

test('"paused": every group is, before a device can check in, and for good', async (t) => {
  const fields = { groups: [{ name: 'test-nodes', devices: ['lamp-1'] }], status: { port: 0 } };
  const options = written(t, fields);
  const phases = async (paused: boolean): Promise<string[]> => {
    const gateway = await openGateway({ ...options, config: { ...options.config, paused } });
    const answer = await fetch(`${gateway.status}api/groups`);
    const { groups } = (await answer.json()) as { groups: { name: string; phase: string }[] };
    await gateway.close();
    return groups.map(({ name, phase }) => `${name} ${phase}`);
  };
  t.deepEqual(await phases(true), ['test-nodes paused', 'others paused']);
  t.deepEqual(await phases(false), ['test-nodes paused', 'others paused']);
});
