/** A whole gateway with both listeners open to strangers: nobody is taken for a device that has something to show. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { oscoreSecretNew } from '../../gateway/config/oscore.ts';
import { tokenHash } from '../../gateway/config/secrets.ts';
import type { DeviceSecrets } from '../../gateway/config/secrets.ts';
import { openGateway } from '../../gateway/gateway.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { ask, authorizationOf, CBOR, checkInBytes, tokenOf } from './_http-down.ts';
import { checkInOf, optionOf, plainOf, readMessage, wireTo } from './_oscore.ts';
import { gatewayWritten } from './_world.ts';

const upstream = { kind: 'hawkbit', url: 'http://127.0.0.1:1/DEFAULT/controller/v1' };
const IDS = ['token', 'context', 'both', 'bare'];

const gatewayOf = async (t: ExecutionContext, fields: object): ReturnType<typeof openGateway> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-taken-'));
  const ids = IDS.map((id) => ({ id }));
  const options = gatewayWritten(folder, ids, { upstream, status: { port: 0 }, ...fields });
  const { secrets } = options;
  const withSecret = (id: string, more: DeviceSecrets): DeviceSecrets =>
    (secrets.devices[id] = { ...secrets.devices[id], ...more });
  for (const id of ['token', 'both']) withSecret(id, { tokenHash: tokenHash(tokenOf(id)) });
  for (const id of ['context', 'both']) withSecret(id, { oscore: oscoreSecretNew(secrets) });
  const gateway = await openGateway(options);
  t.teardown(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return gateway;
};

/** Code of the answer to a check-in by a stranger, who has shown where he is. */
const overCoap = async (t: ExecutionContext, url: string, id: string): Promise<number> => {
  const wire = wireTo(Number(new URL(url).port));
  t.teardown(() => wire.socket.close());
  const first = readMessage(await wire.ask(plainOf({ path: `c/${id}`, payload: checkInOf(1) })));
  const echo = optionOf(first, Option.Echo);
  if (echo === undefined) return first.code;
  return readMessage(await wire.ask(plainOf({ path: `c/${id}`, payload: checkInOf(1), echo }))).code;
};

const lastSeen = async (status: string, id: string): Promise<number> => {
  const { bytes } = await ask(`${status}api/devices/${id}`, 'GET');
  return (JSON.parse(bytes.toString()) as { lastSeen: number }).lastSeen;
};

const FEEDBACK = JSON.stringify({ status: { execution: 'closed', result: { finished: 'failure' } } });
const DATA = JSON.stringify({ data: { battery: '1' } });
const JSON_BODY = { 'content-type': 'application/json' };
const open = { port: 0, insecure: true };

// who, whether a stranger is taken for it
const TAKEN: readonly (readonly [string, boolean])[] = [
  ['token', false],
  ['context', false],
  ['both', false],
  ['bare', true],
];
for (const [id, taken] of TAKEN)
  test(`a stranger who shows nothing is ${taken ? '' : 'not '}taken for ${id}, by any way in`, async (t) => {
    const gateway = await gatewayOf(t, { http: open, coap: open });
    const http = gateway.http!;
    const ddi = `${http}DEFAULT/controller/v1/${id}`;
    const answers = [
      await ask(`${http}c/${id}`, 'POST', CBOR, checkInBytes({ battery: 1 })),
      await ask(ddi, 'GET'),
      await ask(`${ddi}/configData`, 'PUT', JSON_BODY, DATA),
      await ask(`${ddi}/deploymentBase/1`, 'GET'),
      await ask(`${ddi}/deploymentBase/1/feedback`, 'POST', JSON_BODY, FEEDBACK),
      await ask(`${ddi}/cancelAction/1/feedback`, 'POST', JSON_BODY, FEEDBACK),
    ];
    t.deepEqual(
      answers.map(({ status }) => status),
      taken ? [200, 200, 200, 404, 404, 404] : [401, 401, 401, 401, 401, 401],
    );
    t.is(await overCoap(t, gateway.coap!, id), taken ? Code.Changed : Code.Unauthorized);
    t.is((await lastSeen(gateway.status!, id)) > 0, taken);
    const shows = id === 'token' || id === 'both';
    const known = await ask(`${http}c/${id}`, 'POST', { ...CBOR, ...authorizationOf(id) }, checkInBytes());
    t.is(known.status, shows ? 200 : 401, 'by its token it is known as ever');
  });

test('where there is no HTTP, the token that enrol makes for each device closes no way over CoAP', async (t) => {
  const gateway = await gatewayOf(t, { coap: open });
  t.is(await overCoap(t, gateway.coap!, 'token'), Code.Changed);
  t.is(await overCoap(t, gateway.coap!, 'both'), Code.Unauthorized);
});
