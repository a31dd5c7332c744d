/** Updates of devices whose account is more than an address: with a key, or written by a bootstrap server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Mode } from '../../../hal/lwm2m/index.ts';
import * as Err from '../../../agent/err.ts';
import { nodeSecureChannels } from '../../../hal/node/dtls.ts';
import type { DtlsLibrary } from '../../../hal/node/dtls.ts';
import { keepMemory } from '../../../hal/node/index.ts';
import type { SecureChannels } from '../../../hal/secure-channel.ts';
import { release } from '../../bootloader-sim/_real.ts';
import { same } from '../_peer.ts';
import { image, startDevice } from './device.ts';
import type { Device } from './device.ts';
import { SECURE } from './manager.ts';
import { startJava } from './process.ts';
import type { Run } from './run.ts';
import { observeFirmware, push, update } from './update.ts';

const LIBRARY = '.cache/peers/modules/node_modules/node-dtls-client/build/dtls.js';

/** These channels, and the code with which the first of them ends. */
const listening = (channels: SecureChannels): { heard: SecureChannels; ended: Promise<number> } => {
  let tell: (code: number) => void;
  const ended = new Promise<number>((told) => (tell = told));
  const heard: SecureChannels = {
    open: (settings, events) =>
      channels.open(settings, {
        ...events,
        closed(code, reason) {
          tell(code);
          events.closed(code, reason);
        },
      }),
  };
  return { heard, ended };
};

export const secures: Run = async ({ manager }) => {
  const { dtls } = (await import(pathToFileURL(LIBRARY).href)) as { dtls: DtlsLibrary };
  const { endpoint, identity, key } = SECURE;
  const folder = mkdtempSync(join(tmpdir(), 'flipside-lwm2m-'));
  const start = (secret: string, channels: SecureChannels): Promise<Device> =>
    startDevice({
      endpoint,
      factory: [
        {
          uri: manager.secureUri,
          mode: Mode.Psk,
          identity: Buffer.from(identity),
          secret: Buffer.from(secret, 'hex'),
        },
      ],
      channels,
    });
  const from = manager.mark();
  const channels = nodeSecureChannels(dtls);
  const { heard, ended } = listening(channels);
  const wrong = await start('ff'.repeat(16), heard);
  same(await ended, Err.ChannelFailed, 'how the channel of a device with another key ends');
  await wrong.close();
  const seen = manager.java.lines.slice(from).filter((line) => line['endpoint'] === endpoint);
  same(seen, [], 'what the server saw of a device with another key');
  const device = await start(key, channels);
  try {
    await manager.event('registered', endpoint, from);
    await observeFirmware(manager, endpoint);
    await push(manager, endpoint, folder, release(image(2), 2).bundle);
    await update(manager, device, endpoint, '1', '2');
    return 'by coaps; another key does not register';
  } finally {
    await device.close();
    rmSync(folder, { recursive: true });
  }
};

export const bootstraps =
  (format: string): Run =>
  async ({ manager }) => {
    const endpoint = `bootstraps-${format}`;
    const java = await startJava('Bootstrap', 'leshan-bootstrap', ['0', endpoint, manager.uri, format]);
    const accounts = keepMemory();
    const from = manager.mark();
    const folder = mkdtempSync(join(tmpdir(), 'flipside-lwm2m-'));
    const device = await startDevice({
      endpoint,
      factory: [{ uri: `coap://127.0.0.1:${java.port}`, bootstrap: true }],
      accounts,
    });
    try {
      await java.wait('end of the session', ({ event }) => event === 'finished');
      same(
        java.lines.filter(({ event }) => event === 'refused'),
        [],
        'what was refused',
      );
      const line = await manager.event('registered', endpoint, from);
      same(line['lifetime'], 300, 'lifetime');
      same(await manager.read(endpoint, '/1/0/0'), '123', 'short server id');
      await observeFirmware(manager, endpoint);
      await push(manager, endpoint, folder, release(image(2), 2).bundle);
      await update(manager, device, endpoint, '1', '2');
      const asked = java.lines.filter(({ event }) => event === 'asked').length;
      same(asked, 1, 'times that the bootstrap server was asked: the accounts are kept over a restart');
      return 'accounts written, kept over the restart of an update';
    } finally {
      await device.close();
      await java.stop();
      rmSync(folder, { recursive: true });
    }
  };
