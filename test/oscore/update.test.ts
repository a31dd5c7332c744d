/** A whole update under OSCORE, over UDP on this machine: the driver of Node, and a server of ours. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { statusNew } from '../../agent/index.ts';
import { liveOf } from '../../bootloader-sim/index.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import { openCoapServer } from '../../hal/node/coap-server.ts';
import { update } from '../../hal/node/coap.ts';
import { fileSequence, fileSequenceCreate, nodeAead } from '../../hal/node/oscore.ts';
import { oscoreProtection } from '../../hal/oscore/protection.ts';
import type { OscoreProtection } from '../../hal/oscore/protection.ts';
import { serveFiles } from '../coap/_update.ts';
import { boardOf, imageOf, packOf } from '../serial/_rig.ts';
import { contextWith, memoryStore, mirrored, SALT } from './_contexts.ts';
import type { Ids } from './_contexts.ts';

const IDS: Ids = { sender: 'c1', recipient: '5e', salt: SALT };
const first = packOf(imageOf(6, 1), 1);
const second = packOf(imageOf(6, 2, [0, 1, 2, 3, 4, 5]), 2);
const FILES = { '/update.suit': second.envelope, '/payload': second.payload };

const protectionOf = (ids: Ids, store = memoryStore(0)): OscoreProtection =>
  oscoreProtection({ aead: nodeAead(), contexts: [contextWith(ids, store)] });

const serverOf = async (t: ExecutionContext, ids: Ids, stored = 0): Promise<string> => {
  const protection = protectionOf(ids, memoryStore(stored));
  const server = await openCoapServer({ port: 0, serve: serveFiles(FILES), protection });
  t.teardown(() => server.close());
  return server.url;
};

const updated = async (url: string, protection: OscoreProtection | undefined) => {
  const { agent } = liveOf(boardOf(first));
  const delivery = await update(agent!, {
    envelopeUrl: `${url}update.suit`,
    payloadUrl: `${url}payload`,
    timing: { ...TIMING, roundTrip: 10, floor: 20, patience: 500 },
    retry: { attempts: 0, first: 1, longest: 1, progress: 1 },
    ...(protection ? { protection } : {}),
  });
  const status = statusNew();
  agent!.status(status);
  return { ...delivery, staged: status.phase === Phase.Staged };
};

const folder = (t: ExecutionContext): string => {
  const made = mkdtempSync(join(tmpdir(), 'flipside-oscore-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
};

test('from envelope to staged; and again in the next life of the device, whose numbers lie in a file', async (t) => {
  const url = await serverOf(t, mirrored(IDS));
  const path = join(folder(t), 'numbers');
  fileSequenceCreate(path);
  for (let life = 0; life < 2; life++) {
    const store = fileSequence(path);
    const protection = oscoreProtection({ aead: nodeAead(), contexts: [contextWith(IDS, store)] });
    const { code, staged, bytesSent } = await updated(url, protection);
    t.deepEqual([code, staged], [0, true]);
    t.is(bytesSent, second.envelope.length + second.payload.length);
    t.is(store.read(), 256 * (life + 1));
  }
});

test('from a server that was restarted', async (t) => {
  const { code, staged } = await updated(await serverOf(t, mirrored(IDS), 256), protectionOf(IDS));
  t.deepEqual([code, staged], [0, true]);
});

// What is wrong, ids of the server, whether the device protects, code.
const WRONG: readonly (readonly [string, Ids, boolean, number])[] = [
  ['another key', { ...mirrored(IDS), secret: 'ff'.repeat(16) }, true, Err.ProtectionMissing],
  ['another id', { ...mirrored(IDS), recipient: '77' }, true, Err.ProtectionMissing],
  ['a device that does not protect', mirrored(IDS), false, Err.SourceRefused],
];

for (const [name, ids, protects, wanted] of WRONG)
  test(`${name}: nothing is staged, and it has a name`, async (t) => {
    const { code, staged } = await updated(await serverOf(t, ids), protects ? protectionOf(IDS) : undefined);
    t.deepEqual([code, staged], [wanted, false]);
  });
