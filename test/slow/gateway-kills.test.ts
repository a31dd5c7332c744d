/**
 * A whole gateway, between a server and devices, killed at moments of chance and started again: nothing that was
 * acknowledged is lost, no byte is served that is not the publisher's, every device ends with what it is to run or with
 * what it ran, and the server is told.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { DeviceDocument } from '../../gateway/status/shapes.ts';
import { random } from '../../hal/node/faults.ts';
import { ddiFleet } from '../gateway/_ddi-fleet.ts';
import type { DdiFleet } from '../gateway/_ddi-fleet.ts';
import { evilGateway } from '../gateway/_evil.ts';
import { confirmed } from '../gateway/_folder-scene.ts';
import { deviceNew, deviceStatus, deviceWake, gatewayWritten, packed } from '../gateway/_world.ts';
import type { Device, Packed } from '../gateway/_world.ts';

/** Replays one: FLIPSIDE_SEED. Fewer or more of them: FLIPSIDE_KILLS. */
const SEED = Number(process.env['FLIPSIDE_SEED'] ?? 1);
const KILLS = Number(process.env['FLIPSIDE_KILLS'] ?? 100);
const PATIENCE = 120_000;
/** Milliseconds that a gateway lives: most of them short, some long enough for an update to come through. */
const LIVES = [300, 300, 2500] as const;
/** Of kills, one in so many comes before the gateway is open. */
const EARLY = 5;
const child = join(import.meta.dirname, '..', 'gateway', '_gateway-child.js');
const IDS = ['d-1', 'd-2', 'e-1', 'e-2'];
const GROUPS = [
  { name: 'first', devices: ['d-*'], failures: 99, success: 0 },
  { name: 'second', devices: ['e-*'], after: ['first'], failures: 99 },
];
/** It fails its check on this device. */
const SICK = 'd-2';
const isSick = (sequence: number): boolean => sequence % 3 === 0;
const BEFORE = ['waiting', 'fetching', 'ready'];
const LINK = { timeout: 2000, retries: 1, backOff: 1 };

interface Addresses {
  readonly http: string;
  readonly status: string;
}

/** On a fast machine all of them are out before the last kill; then devices only check in. */
const releases: readonly Packed[] = Array.from({ length: 2 + KILLS }, (_, at) => packed(at + 1, [at % 6]));
const digests = new Map(
  releases.flatMap(({ files }) =>
    Object.values(files).map((bytes) => [createHash('sha256').update(bytes).digest('hex'), bytes] as const),
  ),
);
const nameOf = (path: string): string => path.split('/').at(-1)!;

class Killed {
  readonly t: ExecutionContext;
  readonly folder = mkdtempSync(join(tmpdir(), 'flipside-gateway-kills-'));
  readonly devices: readonly Device[];
  /** Counter of the last report that was answered, and work whose envelope it was told of. */
  readonly acknowledged = new Map<string, { counter: number; told: string }>();
  served = 0;
  #child: ChildProcess | undefined;
  #addresses: Addresses | undefined;
  trouble = '';

  constructor(t: ExecutionContext, server: DdiFleet) {
    this.t = t;
    const upstream = { kind: 'hawkbit', url: server.url };
    const fields = {
      upstream,
      groups: GROUPS,
      http: { port: 0, insecure: true },
      status: { port: 0 },
      coap: undefined,
    };
    const { secrets } = gatewayWritten(
      this.folder,
      IDS.map((id) => ({ id })),
      fields,
    );
    writeFileSync(join(this.folder, 'secrets.json'), JSON.stringify(secrets));
    const sick = releases.filter(({ sequence }) => isSick(sequence));
    this.devices = IDS.map((id) =>
      deviceNew(
        id,
        releases[0]!,
        id === SICK ? sick.map((one) => [one, { kind: 'failsCheck', ticks: 1 }]) : [],
      ),
    );
  }

  get url(): string {
    return this.#addresses?.http ?? 'http://127.0.0.1:1/';
  }

  /** Told to die. */
  dying = false;

  get runs(): boolean {
    return this.#child !== undefined;
  }

  /** True once it is open; false where it was killed before. */
  start(): Promise<boolean> {
    const gateway = spawn(process.execPath, [child, this.folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = gateway;
    this.trouble = '';
    this.dying = false;
    gateway.stderr.on('data', (data: Buffer) => (this.trouble += data.toString()));
    return new Promise((resolve, reject) => {
      let text = '';
      gateway.stdout.on('data', (data: Buffer) => {
        text += data.toString();
        if (!text.endsWith('\n')) return;
        this.#addresses = JSON.parse(text) as Addresses;
        resolve(true);
      });
      gateway.on('close', (_, signal) => {
        this.#child = undefined;
        this.#addresses = undefined;
        if (signal === 'SIGKILL') resolve(false);
        else reject(new Error(`it ended by itself: ${this.trouble}`));
      });
    });
  }

  async kill(): Promise<void> {
    const gateway = this.#child;
    if (gateway === undefined) return;
    this.dying = true;
    const gone = new Promise((done) => gateway.once('close', done));
    gateway.kill('SIGKILL');
    await gone;
  }

  async seen(id: string): Promise<DeviceDocument> {
    const answer = await fetch(`${this.#addresses!.status}api/devices/${id}`);
    return (await answer.json()) as DeviceDocument;
  }

  /** What was acknowledged and is not there. */
  async missing(): Promise<string[]> {
    const found: string[] = [];
    for (const [id, { counter, told }] of this.acknowledged) {
      const { report, work } = await this.seen(id);
      if (!((report?.counter ?? 0) >= counter))
        found.push(`${id}: counter ${report?.counter}, answered ${counter}`);
      if (work !== null && work.id === told && BEFORE.includes(work.state))
        found.push(`${id}: ${told} is ${work.state}`);
    }
    return found;
  }

  /** One wake of each, and what of it was answered. */
  async wakes(url: string, action: string): Promise<void> {
    for (const device of this.devices) {
      let written = 0;
      const reporter = {
        write: (...given: Parameters<typeof device.reporter.write>): number => {
          written++;
          return device.reporter.write(...given);
        },
      };
      const before = this.#counters.get(device.id) ?? 0;
      const { exchanges, orders } = await deviceWake(device, url, { reporter, http: LINK });
      this.#counters.set(device.id, before + written);
      if (exchanges === 0) continue;
      const old = this.acknowledged.get(device.id)?.told ?? '';
      this.acknowledged.set(device.id, {
        counter: before + exchanges,
        told: orders !== undefined && orders.path !== '' ? action : old,
      });
    }
  }

  readonly #counters = new Map<string, number>();

  /** Every byte that goes to a device. */
  audit(path: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined || !path.startsWith('r/')) return;
    this.served += bytes.length;
    const digest = createHash('sha256').update(bytes).digest('hex');
    const named =
      nameOf(path) === 'update.suit'
        ? path.split('/')[1] === digest
        : digest.startsWith(nameOf(path).slice(0, 32));
    if (!digests.has(digest) || !named) this.t.fail(`${path}: ${bytes.length} bytes of ${digest}`);
  }
}

const closings = ({ desks }: DdiFleet, id: string, action: number): string[] =>
  desks
    .get(id)!
    .told.flatMap(({ path, body: { status } }) =>
      path === `/deploymentBase/${action}/feedback` && status?.execution === 'closed'
        ? [status.result.finished]
        : [],
    );

test(`a gateway killed ${KILLS} times`, async (t) => {
  const server = await ddiFleet(IDS);
  for (const desk of server.desks.values()) desk.sleep = '00:00:00';
  const killed = new Killed(t, server);
  const tap = await evilGateway(t, () => killed.url);
  tap.act = { file: (path, real) => void killed.audit(path, real) };
  t.teardown(async () => {
    await killed.kill();
    await server.close();
    rmSync(killed.folder, { recursive: true, force: true });
  });
  let action = 0;
  const closed = (): boolean => IDS.every((id) => closings(server, id, action).length > 0);
  const assignNext = (): void => {
    action++;
    for (const desk of server.desks.values())
      desk.assign({ id: String(action), files: releases[action]!.files });
  };
  assignNext();
  const next = random(SEED);
  for (let kill = 1; kill <= KILLS; kill++) {
    const replay = `FLIPSIDE_SEED=${SEED}, kill ${kill}`;
    const [wait, early] = [next() % LIVES[next() % LIVES.length]!, next() % EARLY === 0];
    let timer = early ? setTimeout(() => void killed.kill(), wait) : undefined;
    if (await killed.start()) {
      t.deepEqual(
        await killed.missing().catch((error: unknown) => (killed.dying ? [] : [String(error)])),
        [],
        replay,
      );
      timer ??= setTimeout(() => void killed.kill(), wait);
    }
    while (killed.runs) {
      await killed.wakes(tap.url, String(action));
      if (closed() && action < releases.length - 1) assignNext();
    }
    clearTimeout(timer);
  }
  t.true(await killed.start());
  for (const end = Date.now() + PATIENCE; !closed();) {
    if (Date.now() > end)
      throw new Error(`FLIPSIDE_SEED=${SEED}: action ${action} is never closed; ${killed.trouble}`);
    await killed.wakes(tap.url, String(action));
  }
  t.deepEqual(await killed.missing(), []);
  const finished = (id: string, of: number): string =>
    id === SICK && isSick(of + 1) ? 'failure' : 'success';
  for (const id of IDS)
    for (let of = 1; of <= action; of++)
      t.deepEqual([...new Set(closings(server, id, of))], [finished(id, of)], `${id}: ${of}`);
  for (const device of killed.devices) {
    const last = device.id === SICK && isSick(action + 1) ? action : action + 1;
    t.true(
      confirmed(device, releases[last - 1]!),
      `${device.id} runs ${deviceStatus(device).sequence}, not ${last}`,
    );
  }
  t.log(
    `${action} releases to ${IDS.length} devices over ${KILLS} kills, ${killed.served} bytes served and hashed`,
  );
  t.true(action > 1);
});
