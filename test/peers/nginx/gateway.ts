/** nginx as what a gateway fetches from: a folder of `flipside publish` on it, a device behind the gateway. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openGateway } from '../../../gateway/gateway.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import type { StatusDocument } from '../../../gateway/status/shapes.ts';
import { uuidText } from '../../../publisher/index.ts';
import { published } from '../../gateway/_folder.ts';
import { confirmed } from '../../gateway/_folder-scene.ts';
import {
  classId,
  deviceNew,
  deviceStatus,
  deviceWake,
  gatewayWritten,
  packed,
  vendor,
} from '../../gateway/_world.ts';
import { check, same } from '../_peer.ts';
import type { Nginx, ServerName } from './server.ts';

interface Place {
  readonly nginx: Nginx;
  readonly files: string;
}

const PATIENCE = 60_000;
const NAME = 'lamps';
const ids = { vendor: uuidText(vendor), classId: uuidText(classId) };
const [old, fresh] = [packed(1), packed(2, [0, 1, 2, 3, 4, 5])];
const AUTHORITY = resolve('test/http/certificates/authority.pem');

interface Scene {
  readonly gateway: Gateway;
  status(): Promise<StatusDocument>;
  /** Bytes of downloads that are on the disk and not whole. */
  part(): number;
  until(what: string, holds: () => Promise<boolean> | boolean): Promise<void>;
}

const withGateway = async (
  { nginx, files }: Place,
  name: ServerName,
  fields: object,
  use: (scene: Scene) => Promise<string>,
): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-nginx-gateway-'));
  published({ folder: files }, NAME, fresh);
  const upstream = { kind: 'folder', urls: [`${nginx.url(name)}${NAME}`] };
  const gateway = await openGateway({
    ...gatewayWritten(folder, [{ id: 'a', ...ids }], { upstream, status: { port: 0 }, ...fields }),
    pace: { least: 0.05, usual: 0.1, again: 0.05, settle: 0 },
  });
  const parts = join(folder, 'state', 'store', 'part');
  const status = async (): Promise<StatusDocument> =>
    (await (await fetch(`${gateway.status!}api/status`)).json()) as StatusDocument;
  try {
    return await use({
      gateway,
      status,
      part: () => readdirSync(parts).reduce((sum, one) => sum + statSync(join(parts, one)).size, 0),
      async until(what, holds) {
        for (const end = Date.now() + PATIENCE; !(await holds());) {
          check(Date.now() < end, `${what}: never; ${JSON.stringify((await status()).upstreams)}`);
          await new Promise((done) => setTimeout(done, 20));
        }
      },
    });
  } finally {
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The device wakes until it runs what is published. */
const updated = async ({ gateway, until }: Scene): Promise<string> => {
  const device = deviceNew('a', old);
  let bytes = 0;
  await until('the device runs it', async () => {
    bytes += (await deviceWake(device, gateway.coap!)).fetched?.bytesSent ?? 0;
    return confirmed(device, fresh);
  });
  return `the device runs ${deviceStatus(device).sequence}, of ${bytes} bytes`;
};

const whole = (place: Place): Promise<string> => withGateway(place, 'https', { ca: AUTHORITY }, updated);

const untrusted = (place: Place): Promise<string> =>
  withGateway(place, 'https', {}, async ({ gateway, status, until }) => {
    const trouble = async (): Promise<string> => (await status()).upstreams[0]!.trouble;
    await until('it is said', async () => /certificate/i.test(await trouble()));
    const device = deviceNew('a', old);
    const { orders } = await deviceWake(device, gateway.coap!);
    same(orders?.path, '', 'what is offered');
    return trouble();
  });

const killed = (place: Place): Promise<string> =>
  withGateway(place, 'slow', {}, async (scene) => {
    const { nginx } = place;
    const { part, status, until } = scene;
    const third = fresh.payload.length / 3;
    await until('a third is there', () => part() > third);
    await nginx.kill();
    const had = part();
    await until('it is missed', async () => /refused|ended|lost|reset/i.test(JSON.stringify(await status())));
    await nginx.start();
    let least = Infinity;
    await until('the rest', async () => {
      const length = part();
      if (length > 0) least = Math.min(least, length);
      return length === 0;
    });
    check(least >= had, `it goes on where it was: ${least} of ${had} bytes were left`);
    return `${had} of ${fresh.payload.length} bytes were there; ${await updated(scene)}`;
  });

export const GATEWAY: readonly (readonly [string, (place: Place) => Promise<string>])[] = [
  ['above a gateway, over TLS: a published folder, to the device', whole],
  ['above a gateway, TLS without its authority: said, and nothing is offered', untrusted],
  ['above a gateway, at 8 KB a second, killed and started again: goes on by Range', killed],
];
