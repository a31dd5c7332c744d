/** A gateway that is killed while it fetches: nothing wrong is served, what was whole stays, and it goes on by Range. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { openReleases } from '../../gateway/releases/releases.ts';
import { contentOf, openStore } from '../../gateway/store/store.ts';
import { random } from '../../hal/node/faults.ts';
import { anchorOf } from '../../publisher/index.ts';
import type { Pack } from '../../publisher/index.ts';
import type { Errand } from '../gateway/_release-child.ts';
import { layOut, originOf, packed, sourceOf } from '../gateway/_releases.ts';
import type { Origin } from '../gateway/_releases.ts';
import { bytesOf, folderOf, sha256 } from '../gateway/_store.ts';
import { head } from '../http/_server.ts';
import { seededKey } from '../publisher/_keys.ts';

const child = join(import.meta.dirname, '../gateway/_release-child.js');
const QUOTA = 1 << 29;
const anchors = [anchorOf(seededKey(1))];
/** Bytes that the server sends in one go; milliseconds until it looks whether they are on the gateway's disk. */
const CHUNK = 16_384;
const PAUSE = 2;

interface Life {
  readonly killed: boolean;
  readonly said: string;
}

const live = (errand: Errand, killer: (kill: () => void) => void, deadly?: number): Promise<Life> =>
  new Promise((resolve, reject) => {
    const more = deadly === undefined ? [] : [String(deadly)];
    const process_ = spawn(process.execPath, [child, JSON.stringify(errand), ...more]);
    let said = '';
    let wrong = '';
    process_.stdout.on('data', (text: Buffer) => (said += text.toString()));
    process_.stderr.on('data', (text: Buffer) => (wrong += text.toString()));
    process_.on('close', (status, signal) => {
      if (status !== 0 && signal === null) reject(new Error(wrong));
      else resolve({ killed: signal !== null, said: said.trim() });
    });
    killer(() => process_.kill('SIGKILL'));
  });

/** Bytes of the longest part on the disk. */
const partLength = (folder: string): number => {
  const parts = join(folder, 'part');
  const names = fs.existsSync(parts) ? fs.readdirSync(parts) : [];
  return Math.max(0, ...names.map((name) => fs.statSync(join(parts, name)).size));
};

/** Sends the next chunk when all before it are on the disk: what is in the buffers of the network between is no loss. */
const slowly = (folder: string, origin: Origin, made: Pack, sent: { bytes: number; from: number[] }): void =>
  void origin.acts.set(`/${made.uris[0]}`, (socket, asked) => {
    const { payload } = made;
    sent.from.push(asked.from);
    let at = asked.from;
    if (at >= payload.length)
      return void socket.write(head('416 Range Not Satisfiable', { 'content-length': 0 }));
    const range = `bytes ${at}-${payload.length - 1}/${payload.length}`;
    socket.write(
      head('206 Partial Content', { 'content-range': range, 'content-length': payload.length - at }),
    );
    const step = (): void => {
      if (socket.destroyed) return;
      if (partLength(folder) < at) return void setTimeout(step, PAUSE);
      const piece = payload.subarray(at, at + CHUNK);
      at += piece.length;
      sent.bytes += piece.length;
      socket.write(piece);
      if (at < payload.length) setTimeout(step, PAUSE);
    };
    step();
  });

/** What is on the disk after a death: the bytes of the part, if there is one. */
const judge = (
  t: ExecutionContext,
  folder: string,
  packs: readonly Pack[],
  whole: ReadonlySet<string>,
  replay: string,
): number => {
  const known = new Map(
    packs
      .flatMap(({ envelope, payloads, patches }) => [
        envelope,
        ...payloads,
        ...patches.map((one) => one.payload),
      ])
      .map((bytes) => [sha256(bytes), bytes]),
  );
  const parts = join(folder, 'part');
  let length = 0;
  for (const name of fs.existsSync(parts) ? fs.readdirSync(parts) : []) {
    const bytes = fs.readFileSync(join(parts, name));
    const of = [...known.values()].find((one) => Buffer.from(one.subarray(0, bytes.length)).equals(bytes));
    t.truthy(of, `${replay}: the part is the start of a file`);
    if (of && of.length > 4096) length = bytes.length;
  }
  const store = openStore({ folder, quota: QUOTA });
  const policy = { upstream: [], allowOrigins: [], allowPrivate: [] };
  const releases = openReleases({ store, anchors, threshold: 1, policy });
  for (const digest of fs.readdirSync(join(folder, 'whole'))) {
    const found = store.find(digest);
    t.truthy(found, `${replay}: ${digest} is whole`);
    if (found)
      t.true(Buffer.from(contentOf(store, found)).equals(known.get(digest) ?? Buffer.alloc(0)), replay);
  }
  for (const digest of whole) t.truthy(store.find(digest), `${replay}: ${digest} was whole, and is`);
  for (const { payloads } of releases.all())
    for (const one of payloads) t.is(sha256(contentOf(store, one)), one.digest, replay);
  store.close();
  return length;
};

const big = (sequence: number): Pack =>
  packed({ sequence, format: 'plain', image: bytesOf(4_000_000, sequence) });

const originFor = async (t: ExecutionContext, packs: readonly Pack[]): Promise<Origin> =>
  originOf(t, new Map(packs.flatMap((made) => [...layOut(made)])));

const errandOf = (folder: string, origin: Origin, made: Pack): Errand => ({
  folder,
  quota: QUOTA,
  origin: origin.origin,
  anchors,
  source: sourceOf({ ...origin, envelope: [...layOut(made).keys()][0]!.slice(1) }),
});

test.serial('killed after each file operation', async (t) => {
  const packs = [packed({ sequence: 1 }), packed({ sequence: 2, bases: [bytesOf(100, 1)] })];
  const origin = await originFor(t, packs);
  const folder = folderOf(t);
  await live(errandOf(folder, origin, packs[0]!), () => undefined);
  const whole = new Set(fs.readdirSync(join(folder, 'whole')));
  t.true(whole.size >= 2);
  let kills = 0;
  for (let operation = 1; ; operation++) {
    // Each time from the same start.
    const copy = `${folder}-${operation}`;
    fs.cpSync(folder, copy, { recursive: true });
    t.teardown(() => fs.rmSync(copy, { recursive: true, force: true }));
    const errand = errandOf(copy, origin, packs[1]!);
    const { killed } = await live(errand, () => undefined, operation);
    judge(t, copy, packs, whole, `operation ${operation}`);
    const after = await live(errand, () => undefined);
    t.is(after.said, sha256(packs[1]!.envelope), `operation ${operation}`);
    judge(t, copy, packs, new Set([...whole, after.said]), `operation ${operation}, and on`);
    if (!killed) break;
    kills++;
  }
  t.log(`${kills} kills`);
  t.true(kills > 30, String(kills));
});

test.serial('killed at a hundred moments of chance', async (t) => {
  const next = random(20);
  const folder = folderOf(t);
  const packs: Pack[] = [];
  const whole = new Set<string>();
  let kills = 0;
  let resumed = 0;
  let lost = 0;
  let most = 0;
  for (let sequence = 1; kills < 100; sequence++) {
    const made = big(sequence);
    packs.push(made);
    const origin = await originFor(t, packs);
    const sent = { bytes: 0, from: [] as number[] };
    slowly(folder, origin, made, sent);
    let had = 0;
    for (let done = false; !done;) {
      const wait = next() % 250;
      // Some die before it fetches, some as it begins, most when a first piece is on the disk.
      const [early, begins] = [next() % 20 === 0, next() % 4 === 0];
      const before = { bytes: sent.bytes, requests: sent.from.length };
      const life = await live(errandOf(folder, origin, made), (kill) => {
        const began = Date.now();
        const timer = setInterval(() => {
          const there = begins ? sent.from.length > before.requests : sent.bytes > before.bytes + CHUNK;
          if (!early && !there && Date.now() - began < 20_000) return;
          clearInterval(timer);
          setTimeout(kill, wait);
        }, 2);
        t.teardown(() => clearInterval(timer));
      });
      const replay = `random(20), kill ${kills}, release ${sequence}, ${wait} ms`;
      for (const from of sent.from.slice(before.requests))
        t.is(from, had, `${replay}: goes on where the disk was`);
      if (had > 0 && sent.from.length > before.requests) resumed++;
      if (life.killed) kills++;
      done = !life.killed;
      const kept = judge(t, folder, packs, whole, replay);
      const gone = fs.existsSync(join(folder, 'whole', sha256(made.payload)));
      const cost = sent.bytes - before.bytes - ((gone ? made.payload.length : kept) - had);
      lost += cost;
      most = Math.max(most, cost);
      t.true(cost >= 0 && cost <= CHUNK, `${replay}: ${cost} bytes were sent for nothing`);
      had = gone ? made.payload.length : kept;
      if (gone) whole.add(sha256(made.payload));
      if (done) t.is(life.said, sha256(made.envelope));
    }
  }
  t.log(
    `${kills} kills, ${packs.length} releases, ${resumed} times gone on; ${lost} bytes lost in all, ${most} at most`,
  );
  t.true(resumed > 20, String(resumed));
});
