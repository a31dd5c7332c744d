/** Nothing is answered to a device before it is on the disk: failing disks, slow ones, and a kill on either side of a write. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { openDesk } from '../../gateway/desk.ts';
import { openCoapDown } from '../../gateway/downstream/coap.ts';
import type { Change } from '../../gateway/inventory/disk.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { CHECK_IN_MAX, checkInWrite } from '../../hal/check-in/index.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import { Code } from '../../hal/coap/numbers.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import { coapPost } from '../../hal/node/coap-small.ts';
import type { CoapSmall } from '../../hal/node/coap-small.ts';
import type { CoapServer } from '../../hal/node/coap-server.ts';
import { entry, keyOf, MemoryDisk, Reporting } from './_devices.ts';
import { ask, CBOR, checkInBytes } from './_http-down.ts';

const quick = { ...TIMING, roundTrip: 50, floor: 100, retransmits: 2, patience: 1000 };
const ORDERS_MAX = 256;
const entries = [entry('d1')];

const post = (url: string, report: Uint8Array): Promise<CoapSmall> => {
  const place = placeNew();
  uriRead(place, `${url}c/d1`);
  const room = new Uint8Array(CHECK_IN_MAX);
  const length = checkInWrite(room, { report });
  return coapPost(place, room.slice(0, length), ORDERS_MAX, { timing: quick });
};

const downOf = async (t: ExecutionContext, disk: MemoryDisk): Promise<CoapServer> => {
  const inventory = await openInventory({ folder: '', entries, keyOf, disk });
  const desk = openDesk({
    inventory,
    rollout: { gate: () => ({ kind: 'open', whom: [], words: '' }) },
    releases: { find: () => undefined },
    store: { find: () => undefined, read: () => 0 },
  });
  const down = await openCoapDown({
    desk,
    saved: () => inventory.saved(),
    port: 0,
    insecureCoap: true,
    warn: () => undefined,
  });
  t.teardown(() => down.close());
  return down;
};

const counterIn = async (disk: MemoryDisk): Promise<number> => {
  const inventory = await openInventory({ folder: '', entries, keyOf, disk: new MemoryDisk(disk.cells) });
  return inventory.device('d1')?.report?.counter ?? 0;
};

test('a disk that does not take it: 5.03, and nothing that was said is held against the next try', async (t) => {
  const disk = new MemoryDisk();
  const { url } = await downOf(t, disk);
  const device = new Reporting('d1');
  t.is((await post(url, device.report({ runs: 'base' }))).code, Ok);
  disk.failing = 1;
  const writes = disk.writes;
  const refused = await post(url, device.report({ runs: 'base' }));
  t.is(disk.writes, writes + 1, 'the fault has fired');
  t.like(refused, { code: Err.CoapRefused, refusal: Code.ServiceUnavailable });
  t.is(await counterIn(disk), 1);
  t.is((await post(url, device.report({ runs: 'base' }))).code, Ok);
  t.is(await counterIn(disk), 3);
});

/** A write that takes as long as one likes. */
class SlowDisk extends MemoryDisk {
  go: () => void = () => undefined;
  waiting = Promise.resolve();
  begun: () => void = () => undefined;

  override async write(changes: readonly Change[]): Promise<void> {
    this.begun();
    await this.waiting;
    await super.write(changes);
  }
}

test('nothing goes out while the write is under way, and one that is asked again meanwhile does not check in twice', async (t) => {
  const disk = new SlowDisk();
  const { url } = await downOf(t, disk);
  const device = new Reporting('d1');
  disk.waiting = new Promise((resolve) => (disk.go = resolve));
  const begun = new Promise<void>((resolve) => (disk.begun = resolve));
  let answered = false;
  const answer = post(url, device.report({ runs: 'base' })).then((small) => {
    answered = true;
    return small;
  });
  await begun;
  for (let i = 0; i < 50; i++) await turn();
  t.false(answered);
  t.is(await counterIn(disk), 0, 'killed now, nothing is there, and nothing was acknowledged');
  disk.go();
  t.is((await answer).code, Ok);
  t.is(await counterIn(disk), 1);
});

const coap = async (url: string, report: Uint8Array): Promise<boolean> =>
  (await post(url, report)).code === Ok;
/** False where it was not answered: the connection ends with the process. */
const http = (url: string, report: Uint8Array): Promise<boolean> =>
  ask(`${url}c/d1`, 'POST', CBOR, checkInBytes({ report })).then(
    ({ status }) => status === 200,
    () => false,
  );

const child = join(import.meta.dirname, '_down-child.js');
const killed = async (t: ExecutionContext, args: readonly string[], says: typeof coap): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-acknowledged-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const gateway = spawn(process.execPath, [child, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(gateway, 'exit');
  const [url] = (await Promise.race([once(gateway.stdout, 'data'), ended])) as [unknown];
  const device = new Reporting('d1');
  let acknowledged = 0;
  for (let said = 1; said <= 5 && gateway.exitCode === null && gateway.signalCode === null; said++)
    if (await says(String(url).trim(), device.report({ runs: 'base' }))) acknowledged = said;
  const [, signal] = (await ended) as [number | null, string | null];
  t.is(signal, 'SIGKILL', 'the fault has fired');
  t.true(acknowledged < 5, String(acknowledged));
  const inventory = await openInventory({ folder, entries, keyOf });
  t.teardown(() => inventory.close());
  const kept = inventory.device('d1')?.report?.counter ?? 0;
  t.true(kept >= acknowledged, `${kept} kept, ${acknowledged} acknowledged`);
};

for (const [link, says] of [
  ['coap', coap],
  ['http', http],
] as const)
  for (const when of ['before', 'after'])
    for (const nth of [1, 2, 3, 4])
      test(`over ${link}, killed ${when} write ${nth}: what was acknowledged is there`, (t) =>
        killed(t, [String(nth), when, link], says));
