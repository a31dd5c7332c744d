/** What is tried with Leshan. Each scenario has a device of its own; the servers are shared. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonic } from '../../../hal/node/udp.ts';
import { release } from '../../bootloader-sim/_real.ts';
import { check, same } from '../_peer.ts';
import { bootstraps, secures } from './accounts.ts';
import { bad, image, startCoapOrigin, startDevice, startOrigin } from './device.ts';
import type { Device, DeviceOptions } from './device.ts';
import type { Manager } from './manager.ts';
import type { Run, Servers } from './run.ts';
import { observeFirmware, pull, push, settled, update } from './update.ts';

/**
 * Queue mode: how long Leshan takes the device for awake, and how long it is. Each request has to come within it, on a busy
 * machine too.
 */
export const AWAKE_SECONDS = 6;

const PATIENCE = 60_000;

const withDevice = async (
  { manager }: Servers,
  endpoint: string,
  run: (device: Device, folder: string) => Promise<string>,
  more: Partial<DeviceOptions> = {},
): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-lwm2m-'));
  const from = manager.mark();
  const device = await startDevice({ endpoint, factory: [{ uri: manager.uri, lifetime: 300 }], ...more });
  try {
    await manager.event('registered', endpoint, from);
    return await run(device, folder);
  } finally {
    await device.close();
    rmSync(folder, { recursive: true });
  }
};

const registers: Run = (servers) =>
  withDevice(servers, 'registers', async (device) => {
    const { manager } = servers;
    const line = await manager.event('registered', 'registers', 0);
    same([line['version'], line['lifetime'], line['queue']], ['1.1', 300, false], 'registration');
    for (const link of ['</1/0>', '</3/0>', '</5/0>'])
      check(String(line['links']).includes(link), `${link} is listed`);
    check(!String(line['links']).includes('</0'), 'object 0 is not listed');
    const from = manager.mark();
    same(
      (await manager.ask('registers', { do: 'execute', path: '/1/0/8' })).code,
      'CHANGED',
      'update trigger',
    );
    await manager.event('updated', 'registers', from);
    const lifetime = manager.mark();
    const written = await manager.ask('registers', {
      do: 'write',
      path: '/1/0/1',
      value: 600,
      format: 'TLV',
    });
    same(written.code, 'CHANGED', 'lifetime');
    same((await manager.event('updated', 'registers', lifetime))['lifetime'], 600, 'lifetime in the update');
    const gone = manager.mark();
    device.managed.client!.deregister(monotonic());
    device.poke();
    same((await manager.event('unregistered', 'registers', gone))['expired'], false, 'de-registered');
    return 'version 1.1; update on trigger and on a new lifetime; de-registered';
  });

const manages: Run = (servers) =>
  withDevice(servers, 'manages', async (device) => {
    const { manager } = servers;
    const ask = (line: Record<string, unknown>) => manager.ask('manages', line);
    same(await manager.read('manages', '/3/0/0'), 'flipside', 'manufacturer');
    for (const format of ['TLV', 'SENML_CBOR', 'TEXT', 'CBOR']) {
      same(await manager.read('manages', '/5/0/9', format), '2', `delivery method in ${format}`);
    }
    const texts = await Promise.all(
      ['TLV', 'SENML_CBOR'].map((format) => manager.read('manages', '/5/0', format)),
    );
    same(texts[0], texts[1], '/5/0 in TLV and in SenML CBOR');
    check(texts[0]!.includes('8={0:0,1:2,2:3}'), `protocols in ${texts[0]}`);
    check((await manager.read('manages', '/3', 'TLV')).includes('16=U'), 'an object in TLV');
    const links = (await ask({ do: 'discover', path: '/5' })).value!;
    for (const link of ['</5/0/3>', '</5/0/8>;dim=3', '</5>;ver=1.1'])
      check(links.includes(link), `${link} in ${links}`);
    const codes: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ do: 'read', path: '/0/0/0' }, 'UNAUTHORIZED'],
      [{ do: 'read', path: '/3/0/15' }, 'NOT_FOUND'],
      [{ do: 'read', path: '/5/0/2' }, 'METHOD_NOT_ALLOWED'],
      [{ do: 'read', path: '/5/0', format: 'TEXT' }, 'NOT_ACCEPTABLE'],
      [{ do: 'execute', path: '/5/0/2' }, 'METHOD_NOT_ALLOWED'],
      [{ do: 'execute', path: '/5/0/10' }, 'METHOD_NOT_ALLOWED'],
      [{ do: 'write', path: '/3/0/0', value: 'x', format: 'TEXT' }, 'METHOD_NOT_ALLOWED'],
      [{ do: 'write', path: '/3/0/13', time: 1_800_000_000, format: 'TLV' }, 'CHANGED'],
      [{ do: 'write', path: '/5/0/13', unsigned: 3600, format: 'TLV' }, 'CHANGED'],
      [{ do: 'write', path: '/5/0/11', value: 0, format: 'SENML_CBOR' }, 'CHANGED'],
      [{ do: 'write', path: '/5/0/11', value: 3, format: 'TLV' }, 'BAD_REQUEST'],
    ];
    for (const [line, code] of codes) same((await ask(line)).code, code, JSON.stringify(line));
    same(device.managed.time, 1_800_000_000, 'the time came');
    same(await manager.read('manages', '/5/0/13', 'TLV'), '3600', 'defer period');
    return `${codes.length} codes; TLV, SenML CBOR, CBOR, text; discover`;
  });

const observes: Run = (servers) =>
  withDevice(servers, 'observes', async (device) => {
    const { manager } = servers;
    const path = '/3/0/13';
    const attributes = { pmin: 1, pmax: 2 };
    same(
      (await manager.ask('observes', { do: 'attributes', path, attributes })).code,
      'CHANGED',
      'attributes',
    );
    const links = (await manager.ask('observes', { do: 'discover', path })).value!;
    check(links.includes('pmin=1') && links.includes('pmax=2'), `attributes in ${links}`);
    same((await manager.ask('observes', { do: 'observe', path })).code, 'CONTENT', 'observe');
    const from = manager.mark();
    // Nothing changes by itself as the client sees it: what comes is by pmax.
    await manager.event('notified', 'observes', from);
    const next = manager.mark();
    device.managed.client!.changed(3, 0, 13);
    device.poke();
    await manager.event('notified', 'observes', next);
    return 'notified by pmax, and of a change';
  });

const pushes =
  (format: string): Run =>
  (servers) =>
    withDevice(servers, `push-${format}`, async (device, folder) => {
      const { manager } = servers;
      const name = `push-${format}`;
      await observeFirmware(manager, name);
      await push(manager, name, folder, release(image(2), 2).bundle, format);
      same(await manager.read(name, '/5/0/7'), '2', 'version of the package');
      await update(manager, device, name, '1', '2');
      return 'states 1, 2, 3; result 1; version 2';
    });

const pushesBad: Run = (servers) =>
  withDevice(servers, 'push-bad', async (device, folder) => {
    const { manager } = servers;
    await observeFirmware(manager, 'push-bad');
    await push(manager, 'push-bad', folder, release(bad, 2).bundle);
    await update(manager, device, 'push-bad', '8', '1');
    return 'the image fails its check: result 8, version 1 again';
  });

const pulls =
  (name: string, scheme: 'coap' | 'http', bytes: Uint8Array, result: string, version: string): Run =>
  (servers) =>
    withDevice(servers, name, async (device, folder) => {
      const { manager } = servers;
      const releases = [[bytes, 2]] as const;
      const origin = await (scheme === 'coap' ? startCoapOrigin(folder, releases) : startOrigin(releases));
      try {
        await observeFirmware(manager, name);
        await pull(manager, name, `${origin.url}/2.suit`);
        await update(manager, device, name, result, version);
      } finally {
        await origin.close();
      }
      return `over ${scheme}; result ${result}, version ${version}`;
    });

const refuses: Run = (servers) =>
  withDevice(servers, 'refuses', async (device, folder) => {
    const { manager } = servers;
    const ask = (line: Record<string, unknown>) => manager.ask('refuses', line);
    const origin = await startOrigin([]);
    const write = async (value: string): Promise<void> => {
      same(
        (await ask({ do: 'write', path: '/5/0/1', value, format: 'TLV' })).code,
        'CHANGED',
        `URI ${value}`,
      );
    };
    try {
      await write('ftp://127.0.0.1/2.suit');
      await settled(manager, 'refuses', '9');
      await write('not a URI');
      await settled(manager, 'refuses', '7');
      await write(`${origin.url}/none.suit`);
      await settled(manager, 'refuses', '7');
      await write('');
      same(await manager.read('refuses', '/5/0/5'), '0', 'result after a reset');
      const { bundle } = release(image(3), 3);
      const wrong = bundle.slice();
      wrong[wrong.length - 5]! ^= 1;
      const erases = erasesOf(device);
      const signed = bundle.slice();
      signed[80]! ^= 1;
      await refusedPush(manager, folder, signed);
      same(erasesOf(device), erases, 'erases before a valid manifest');
      await refusedPush(manager, folder, wrong);
      await observeFirmware(manager, 'refuses');
      await push(manager, 'refuses', folder, bundle);
      same((await ask({ do: 'execute', path: '/5/0/10' })).code, 'CHANGED', 'cancel');
      await settled(manager, 'refuses', '10');
      await push(manager, 'refuses', folder, bundle);
      await update(manager, device, 'refuses', '1', '3');
    } finally {
      origin.close();
    }
    return 'results 9, 7, 7, 5, 5, 10; then it is taken';
  });

const erasesOf = (device: Device): number =>
  Object.values(device.board.flash.devices).reduce(
    (all, { wear }) => all + wear.reduce((sum, one) => sum + one, 0),
    0,
  );

const refusedPush = async (manager: Manager, folder: string, bytes: Uint8Array): Promise<void> => {
  const file = join(folder, 'wrong.bundle');
  writeFileSync(file, bytes);
  const answer = await manager.ask('refuses', { do: 'write', path: '/5/0/0', file, format: 'OPAQUE' });
  same(answer.code, 'BAD_REQUEST', 'a package that is not right');
  await settled(manager, 'refuses', '5');
};

const queues: Run = (servers) =>
  withDevice(
    servers,
    'queues',
    async (device, folder) => {
      const { manager } = servers;
      const registered = await manager.event('registered', 'queues', 0);
      same(registered['queue'], true, 'queue mode');
      await manager.event('sleeping', 'queues', 0);
      for (const end = Date.now() + PATIENCE; device.sleeps.length === 0;) {
        check(Date.now() < end, 'the device was never told to sleep');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      same(
        (await manager.ask('queues', { do: 'read', path: '/3/0/0', timeout: 500 })).code,
        'EXCEPTION',
        'asleep',
      );
      const from = manager.mark();
      device.managed.client!.wake(monotonic());
      device.poke();
      await manager.event('awake', 'queues', from);
      await observeFirmware(manager, 'queues');
      await push(manager, 'queues', folder, release(image(2), 2).bundle);
      const answer = await manager.ask('queues', { do: 'execute', path: '/5/0/2' });
      same(answer.code, 'CHANGED', 'update');
      await manager.event('registered', 'queues', from);
      await settled(manager, 'queues', '1');
      same(await manager.read('queues', '/3/0/3'), '2', 'version');
      return 'sleeps, is woken, and takes an update while it is awake';
    },
    { queue: true, awake: AWAKE_SECONDS },
  );

export const SCENARIOS: readonly (readonly [string, Run])[] = [
  ['registration, update, de-registration', registers],
  ['read, write, execute, discover, their codes and formats', manages],
  ['observation with attributes', observes],
  ['update by push, opaque', pushes('OPAQUE')],
  ['update by push, TLV', pushes('TLV')],
  ['push of an image that is not healthy: revert', pushesBad],
  ['update by pull over CoAP', pulls('pull-coap', 'coap', image(2), '1', '2')],
  ['update by pull over HTTP', pulls('pull-http', 'http', image(2), '1', '2')],
  ['pull of an image that is not healthy: revert', pulls('pull-bad', 'coap', bad, '8', '1')],
  ['refused packages and URIs, cancel', refuses],
  ['update in queue mode', queues],
  ['update by push over DTLS with a pre-shared key', secures],
  ['update after a bootstrap, TLV', bootstraps('TLV')],
  ['update after a bootstrap, SenML CBOR', bootstraps('SENML_CBOR')],
];
