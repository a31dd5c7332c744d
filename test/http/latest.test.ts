import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { openFreeze } from '../../agent/freeze.ts';
import {
  latestNew,
  latestRead,
  LATEST_MAX,
  POLL,
  pollAnswered,
  pollFailed,
  pollNew,
  pollWait,
} from '../../hal/http/latest.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { latestAsk } from '../../hal/node/http-latest.ts';
import type { LatestOptions } from '../../hal/node/http-latest.ts';
import { publish, releaseRead, serve } from '../../publisher/index.ts';
import { writeWhole } from '../../publisher/files.ts';
import { config, firmware, release, signingKey } from '../bootloader-sim/_real.ts';
import { answer, listen } from './_server.ts';
import type { Act, Fields } from './_server.ts';

const statement = (more: object = {}): string =>
  JSON.stringify({ version: 1, sequence: 5, envelope: 'a.suit', manifestDigest: '00', ...more });

const STATEMENTS: readonly (readonly [string, string, number])[] = [
  ['as published', statement(), 0],
  ['the highest sequence', statement({ sequence: 2 ** 53 - 1 }), 0],
  ['another version', statement({ version: 2 }), Err.SourceMalformed],
  ['no sequence', statement({ sequence: undefined }), Err.SourceMalformed],
  ['a sequence in words', statement({ sequence: '5' }), Err.SourceMalformed],
  ['half a sequence', statement({ sequence: 1.5 }), Err.SourceMalformed],
  ['a negative sequence', statement({ sequence: -1 }), Err.SourceMalformed],
  ['too high a sequence', statement({ sequence: 2 ** 53 }), Err.SourceMalformed],
  ['no envelope', statement({ envelope: null }), Err.SourceMalformed],
  ['null', 'null', Err.SourceMalformed],
  ['a number', '5', Err.SourceMalformed],
  ['no JSON', '<html>', Err.SourceMalformed],
  ['too long', statement({ more: 'x'.repeat(LATEST_MAX) }), Err.SourceMalformed],
];
for (const [name, text, code] of STATEMENTS)
  test(`statement: ${name}`, (t) => t.is(latestRead(latestNew(), text), code));

test('property: whatever comes is taken or has a code', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) =>
      [0, Err.SourceMalformed].includes(latestRead(latestNew(), text)),
    ),
  );
  t.pass();
});

const NO_CHANCE = (): number => 0;
// Cache-Control, Age, seconds to the next question
const WAITS: readonly (readonly [string, string, number])[] = [
  ['', '', POLL.usual],
  ['no-cache', '', POLL.usual],
  ['public, max-age=900', '', 900],
  ['Max-Age = 900', '', 900],
  ['max-age=900', '300', 600],
  ['max-age=900', '1000', POLL.least],
  ['max-age=900', '-5', 900],
  ['max-age=0', '', POLL.least],
  ['max-age=999999999', '', POLL.longest],
  ['s-maxage=5', '', POLL.usual],
  ['max-age=x', '', POLL.usual],
];
for (const [field, age, seconds] of WAITS)
  test(`"${field}" at age "${age}": asks again in ${seconds} s`, (t) => {
    const poll = pollNew(POLL, NO_CHANCE);
    pollAnswered(poll, '"a"', field, age);
    t.is(pollWait(poll, 0), seconds);
  });

test('each failure doubles the wait, an answer ends that, and the server may ask for longer', (t) => {
  const poll = pollNew(POLL, NO_CHANCE);
  const waits = Array.from({ length: 3 }, () => {
    pollFailed(poll);
    return pollWait(poll, 0);
  });
  t.deepEqual(waits, [7200, 14_400, 28_800]);
  t.is(pollWait(poll, 40_000), 40_000);
  pollAnswered(poll, '', '', '');
  t.is(pollWait(poll, 0), POLL.usual);
});

test('property: the wait is within its bounds, and a quarter more', (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat(20),
      fc.nat(10 ** 9),
      (draw, failures, asked) => {
        const poll = pollNew(POLL, () => draw);
        for (let i = 0; i < failures; i++) pollFailed(poll);
        const wait = pollWait(poll, asked);
        return wait >= POLL.least && wait <= POLL.longest * 1.25;
      },
    ),
  );
  t.pass();
});

const asking = (latestUrl: string, more: Partial<LatestOptions> = {}): LatestOptions => ({
  latestUrl,
  sequence: 4,
  poll: pollNew(POLL, NO_CHANCE),
  retries: 0,
  ...more,
});

const json = (text: string, fields: Fields = {}): Act =>
  answer('200 OK', { 'content-type': 'application/json', ...fields }, text);

// what answers, code, newer
const ANSWERS: readonly (readonly [string, Act, number, boolean])[] = [
  ['a newer release', json(statement()), 0, true],
  ['the release that runs', json(statement({ sequence: 4 })), 0, false],
  ['an older release', json(statement({ sequence: 3 })), 0, false],
  ['nothing there', answer('404 Not Found'), Err.SourceRefused, false],
  ['busy', answer('503 Busy', { 'retry-after': 9000 }), Err.SourceBusy, false],
  ['no JSON', answer('200 OK', {}, '<html>'), Err.SourceMalformed, false],
  ['longer than a statement', json(statement({ more: 'x'.repeat(9999) })), Err.SourceMalformed, false],
  ['unasked, as before', answer('304 Not Modified'), Err.SourceMalformed, false],
  ['an envelope elsewhere', json(statement({ envelope: 'ftp://example.com/x' })), Err.SchemeRefused, false],
  ['led elsewhere', answer('302 Found', { location: 'http://example.com/' }), Err.OriginRefused, false],
  ['led in circles', answer('302 Found', { location: '/' }), Err.SourceMalformed, false],
];
for (const [name, act, code, newer] of ANSWERS)
  test(`asked: ${name}`, async (t) => {
    const server = await listen(t, act);
    const found = await latestAsk(asking(`${server.origin}/lamp/latest.json`));
    t.is(found.code, code, found.why);
    t.is(found.newer, newer);
    t.is(found.envelopeUrl, newer ? `${server.origin}/lamp/a.suit` : '');
    t.is(found.wait, code === Err.SourceBusy ? 9000 : code < 0 ? 2 * POLL.usual : POLL.usual);
  });

test('what is published is asked for with its tag, and told again while it is not installed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-latest-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const to = join(folder, 'public');
  const put = (sequence: number): void => {
    const packed = release(firmware(sequence), sequence);
    const from = join(folder, String(sequence));
    writeWhole(join(from, 'update.suit'), packed.envelope, 'test');
    writeWhole(join(from, 'payload.bin'), packed.payload, 'test');
    publish({ release: releaseRead(from), to });
  };
  put(5);
  const answers: number[] = [];
  const server = await serve({
    folder: to,
    port: 0,
    onRequest: (_, __, status) => void answers.push(status),
  });
  t.teardown(() => server.close());
  const poll = pollNew(POLL, NO_CHANCE);
  const ask = async (sequence: number): Promise<boolean> => {
    const found = await latestAsk({ latestUrl: `${server.url}latest.json`, sequence, poll });
    t.is(found.code, 0, found.why);
    return found.newer;
  };
  t.true(await ask(4));
  t.true(await ask(4), 'it is not installed yet');
  t.false(await ask(5));
  t.false(await ask(5));
  t.false(await ask(5));
  put(6);
  t.true(await ask(5));
  // The server says so when the answer is out, which its reader may have known before.
  while (answers.length < 6) await new Promise((ready) => setTimeout(ready, 5));
  t.deepEqual(answers, [200, 200, 200, 304, 304, 200]);
});

test('a signed statement that is demanded, and withheld', async (t) => {
  const server = await listen(t, (socket, asked) =>
    (asked.path === '/latest.json' ? json(statement()) : answer('404 Not Found'))(socket, asked),
  );
  const options = asking(`${server.origin}/latest.json`, {
    onStatement: () => t.fail('there is none') as never,
  });
  t.like(await latestAsk(options), { code: Err.SourceRefused, newer: false });
  t.deepEqual(
    server.asked.map(({ path }) => path),
    ['/latest.json', '/latest.statement'],
  );
});

test('a signed statement is judged before what the other one says is used', async (t) => {
  const seen: string[] = [];
  const server = await listen(t, (socket, asked) =>
    (asked.path.endsWith('.json')
      ? json(statement({ statement: 'latest.cose' }))
      : answer('200 OK', {}, 'signed'))(socket, asked),
  );
  const judged = (code: number): Promise<{ code: number; newer: boolean }> =>
    latestAsk(
      asking(`${server.origin}/latest.json`, {
        onStatement: (bytes, { sequence }) => {
          seen.push(`${Buffer.from(bytes).toString()} ${sequence}`);
          return code;
        },
      }),
    );
  t.like(await judged(0), { code: 0, newer: true });
  t.like(await judged(Err.SignatureWrong), { code: Err.SignatureWrong, newer: false });
  t.deepEqual(seen, ['signed 5', 'signed 5']);
  t.like(await latestAsk(asking(`${server.origin}/latest.json`)), { code: 0, newer: true });
  t.is(
    server.asked.filter(({ path }) => path === '/latest.cose').length,
    2,
    'without a judge none is fetched',
  );
});

test('the publisher’s own statement shows a source that withholds a release', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-freeze-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const to = join(folder, 'public');
  const now = 1_800_000_000;
  const put = (sequence: number): void => {
    const packed = release(firmware(sequence), sequence);
    const from = join(folder, String(sequence));
    writeWhole(join(from, 'update.suit'), packed.envelope, 'test');
    writeWhole(join(from, 'payload.bin'), packed.payload, 'test');
    const statement = { key: signingKey, issued: now + sequence, expires: now + 1000 };
    publish({ release: releaseRead(from), to, statement });
  };
  put(5);
  const old = readFileSync(join(to, 'latest.json'));
  const server = await serve({ folder: to, port: 0 });
  t.teardown(() => server.close());
  const clock = { now: () => now + 100, trusted: () => true };
  const freeze = openFreeze({ crypto: nodeCrypto(), clock }, config);
  const ask = (): Promise<{ code: number; newer: boolean }> =>
    latestAsk(
      asking(`${server.url}latest.json`, {
        onStatement: (bytes, { sequence, digest }) =>
          freeze.judge(bytes, 0, bytes.length, sequence, Buffer.from(digest, 'hex')),
      }),
    );
  t.like(await ask(), { code: 0, newer: true });
  put(6);
  t.like(await ask(), { code: 0, newer: true });
  writeWhole(join(to, 'latest.json'), old, 'test');
  t.like(await ask(), { code: Err.SourceWithholds, newer: false });
});
