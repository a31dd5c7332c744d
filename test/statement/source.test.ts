/** A source that withholds, end to end: publisher, files, HTTP, agent, statement, and the report that says so. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import { openFreeze } from '../../agent/freeze.ts';
import type { Freeze } from '../../agent/freeze.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import type { Status } from '../../agent/report.ts';
import { liveOf, run } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { openReporter, REPORT_MAX } from '../../hal/identity/index.ts';
import { POLL, pollNew } from '../../hal/http/index.ts';
import { knownRelease, latestAsk, nodeCrypto, sourceJudge, update } from '../../hal/node/index.ts';
import {
  keyGenerate,
  keyParse,
  publish,
  reportVerify,
  StatementFile,
  statementOf,
  statementWrite,
} from '../../publisher/index.ts';
import type { Release } from '../../publisher/index.ts';
import { envelopeRead } from '../../publisher/read-envelope.ts';
import { config, factory, release, signingKey, source } from '../bootloader-sim/_real.ts';
import { optionsOf, reportKeyOf } from '../identity/_reports.ts';

const NOW = 1_800_000_000;
const DAY = 86400;
const healthy = (version: number): Uint8Array =>
  source(`device.health.check('lit', 'required', 30, () => 1); device.log('${version}');`);

const packed = (sequence: number): Release => {
  const { envelope, payloads } = release(healthy(sequence), sequence);
  return { envelope, view: envelopeRead(envelope), payloads: payloads as Uint8Array[], patches: [] };
};

const folder = (): string => mkdtempSync(join(tmpdir(), 'flipside-source-'));

/** A publisher's folder at sequences 2 and 3; the mirror copied what it had at 2. */
const mirrors = (): { publisher: string; mirror: string } => {
  const [publisher, mirror] = [folder(), folder()];
  const statement = { key: signingKey, issued: NOW - 100, expires: NOW + DAY };
  publish({ release: packed(2), to: publisher, statement });
  cpSync(publisher, mirror, { recursive: true });
  publish({ release: packed(3), to: publisher, statement: { ...statement, issued: NOW - 10 } });
  return { publisher, mirror };
};

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Static files; `answer` may take a request first. */
const serve = async (t: ExecutionContext, root: string, answer: Answer = () => false): Promise<string> => {
  const server = createServer((request, response) => {
    if (answer(request, response)) return;
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(join(root, new URL(request.url!, 'http://x').pathname));
    } catch {
      response.writeHead(404).end();
      return;
    }
    if (request.headers.range === undefined) {
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      return;
    }
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (Number(from) >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const part = bytes.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const envelopeOf = (root: string): string =>
  (JSON.parse(readFileSync(join(root, 'latest.json'), 'utf8')) as { envelope: string }).envelope;

const freezeOf = (now = NOW): Freeze =>
  openFreeze(
    { crypto: nodeCrypto(), clock: { now: () => now, trusted: () => now > 0 } },
    { vendor: config.vendor, classId: config.classId, anchors: config.anchors },
  );

const quick = { retries: 0, pause: async (): Promise<void> => undefined };

const statusOf = (board: Board): Status => {
  const status = statusNew();
  liveOf(board).agent!.status(status);
  return status;
};

interface Outcome {
  readonly code: number;
  readonly source: number;
}

/** Takes what a source offers, and judges the source. */
const visit = async (
  board: Board,
  root: string,
  url: string,
  freeze: Freeze,
  nonce?: Uint8Array,
): Promise<Outcome> => {
  const agent = liveOf(board).agent!;
  const { code } = await update(agent, { envelopeUrl: url + envelopeOf(root), ...quick });
  const known = knownRelease(statusOf(board), code);
  const said = await sourceJudge(freeze, known, { statementUrl: url + StatementFile, nonce, ...quick });
  return { code, source: said };
};

const running = (): Board => {
  const board = factory(healthy(1));
  run(board);
  return board;
};

test('the publisher itself withholds nothing: the update is taken, and the statement is fresh', async (t) => {
  const { publisher } = mirrors();
  const outcome = await visit(running(), publisher, await serve(t, publisher), freezeOf());
  t.deepEqual(outcome, { code: 0, source: 0 });
});

test('a mirror that withholds is told by a statement from elsewhere, and the signed report says so', async (t) => {
  const { publisher, mirror } = mirrors();
  const board = running();
  const url = await serve(t, mirror);
  const freeze = freezeOf();
  // By its own old statement it is blameless, as long as that holds; what it offers is taken.
  t.deepEqual(await visit(board, mirror, url, freeze), { code: 0, source: 0 });
  writeFileSync(join(mirror, StatementFile), readFileSync(join(publisher, StatementFile)));
  const outcome = await visit(board, mirror, url, freeze);
  t.deepEqual(outcome, { code: 0, source: Err.SourceWithholds });
  // From now on the old statement is told to be old.
  const { mirror: old } = mirrors();
  cpSync(join(old, StatementFile), join(mirror, StatementFile));
  t.is((await visit(board, mirror, url, freeze)).source, Err.StatementOld);

  const report = reportNew();
  liveOf(board).agent!.report(report);
  const into = new Uint8Array(REPORT_MAX);
  const length = openReporter(optionsOf('esp256')).write(into, {
    status: statusOf(board),
    report,
    source: outcome.source,
  });
  const view = reportVerify(into.slice(0, length), reportKeyOf('esp256'), { after: 40 });
  t.is(view.source, Err.SourceWithholds);
  t.is(view.running.sequence, 1);
});

test('latest.json names the statement: asked, taken, and the source judged by it', async (t) => {
  const { publisher } = mirrors();
  const url = await serve(t, publisher);
  const board = running();
  let statement = new Uint8Array(0);
  const answer = await latestAsk({
    latestUrl: `${url}latest.json`,
    sequence: 1,
    poll: pollNew(POLL, () => 0),
    onStatement: (bytes) => {
      statement = Uint8Array.from(bytes);
      return 0;
    },
    ...quick,
  });
  t.like(answer, { code: 0, newer: true, sequence: 3 });
  const freeze = freezeOf();
  const judged = (): number => {
    const { sequence, manifestDigest } = knownRelease(statusOf(board), 0);
    return freeze.judge(statement, 0, statement.length, sequence, manifestDigest);
  };
  // Before it is offered, the release that is stated is one that this board does not have.
  t.is(judged(), Err.SourceWithholds);
  t.is((await update(liveOf(board).agent!, { envelopeUrl: answer.envelopeUrl, ...quick })).code, 0);
  t.is(judged(), 0);
});

test('an old statement alone freezes nobody for longer than it holds', async (t) => {
  const { mirror } = mirrors();
  const url = await serve(t, mirror);
  t.is((await visit(running(), mirror, url, freezeOf(NOW + 2 * DAY))).source, Err.StatementExpired);
  t.is((await visit(running(), mirror, url, freezeOf(0))).source, Err.StatementNotJudged);
});

test('with a nonce, without a clock: a service answers; an answer that is replayed is none', async (t) => {
  const { mirror } = mirrors();
  const { view } = packed(3);
  const answers: Uint8Array[] = [];
  const service: Answer = (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    if (pathname !== `/${StatementFile}` || !searchParams.has('nonce')) return false;
    const nonce = Uint8Array.from(Buffer.from(searchParams.get('nonce')!, 'hex'));
    const bytes = answers[0] ?? statementWrite(statementOf(view, { issued: NOW, nonce }), signingKey);
    answers.push(bytes);
    const [, from = '0'] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
    if (Number(from) >= bytes.length) response.writeHead(416).end();
    else response.writeHead(200).end(bytes);
    return true;
  };
  const url = await serve(t, mirror, service);
  const freeze = freezeOf(0);
  const nonce = Uint8Array.from({ length: 16 }, (_, i) => i);
  t.deepEqual(await visit(running(), mirror, url, freeze, nonce), { code: 0, source: Err.SourceWithholds });
  // The service gives the same answer again, as who recorded it would.
  const board = running();
  const other = nonce.slice().reverse();
  t.is((await visit(board, mirror, url, freeze, other)).source, Err.StatementNonce);
  t.is((await visit(board, mirror, url, freeze, nonce.subarray(0, 4))).source, Err.BadArgument);
  t.is(answers.length, 2);
});

test('an offer that is not signed, or for another device, does not count as offered', async (t) => {
  const { publisher, mirror } = mirrors();
  writeFileSync(join(mirror, StatementFile), readFileSync(join(publisher, StatementFile)));
  const url = await serve(t, mirror);
  const forged = keyParse(keyGenerate('ed25519'), 'other');
  const offers = [
    [release(healthy(9), 9, { keys: [forged] }).envelope, Err.SignatureWrong],
    [release(healthy(9), 9, { classId: new Uint8Array(16) }).envelope, Err.WrongClass],
    [
      release(healthy(9), 9, { vendor: new Uint8Array(16), classId: config.classId }).envelope,
      Err.WrongVendor,
    ],
    [release(healthy(9), 9, { device: new Uint8Array(16) }).envelope, Err.WrongDevice],
  ] as const;
  for (const [envelope, code] of offers) {
    writeFileSync(join(mirror, envelopeOf(mirror)), envelope);
    const outcome = await visit(running(), mirror, url, freezeOf());
    t.deepEqual(outcome, { code, source: Err.SourceWithholds });
  }
});

const statementServers: readonly (readonly [string, Answer, number])[] = [
  [
    'none',
    (_, response) => {
      response.writeHead(404).end();
      return true;
    },
    Err.StatementNotJudged,
  ],
  [
    'one without an end',
    (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed && response.write(new Uint8Array(2048))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
      return true;
    },
    Err.Statement,
  ],
  [
    'a page',
    (request, response) => {
      if (request.headers.range !== undefined && !request.headers.range.startsWith('bytes=0-'))
        response.writeHead(416).end();
      else response.writeHead(200).end('<html>sign in</html>');
      return true;
    },
    Err.Cbor,
  ],
  [
    'another host',
    (_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.2:9/latest.statement' }).end();
      return true;
    },
    Err.StatementNotJudged,
  ],
];

for (const [what, answer, code] of statementServers) {
  test(`where the statement should be there is ${what}`, async (t) => {
    const { mirror } = mirrors();
    const only: Answer = (request, response) =>
      request.url!.startsWith(`/${StatementFile}`) && answer(request, response);
    const url = await serve(t, mirror, only);
    t.deepEqual(await visit(running(), mirror, url, freezeOf()), { code: 0, source: code });
  });
}
