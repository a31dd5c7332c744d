/** Devices over HTTP: who is let in, what is answered, and that nothing is before it is on the disk. */
import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { ordersNew, ordersRead } from '../../hal/check-in/index.ts';
import type { OrdersRead } from '../../hal/check-in/index.ts';
import { openHttpDown } from '../../gateway/downstream/http.ts';
import { Reporting, digestOf } from './_devices.ts';
import {
  authorizationOf,
  CBOR,
  checkInBytes,
  CLASS,
  downOf,
  ENVELOPE,
  PAYLOAD,
  RELEASE,
  ROOT,
  tls,
  tokenOf,
} from './_http-down.ts';

const lamp = authorizationOf('lamp-1');
const TAG = `"${RELEASE.payloads[0]!.digest}"`;

const ordersOf = (bytes: Uint8Array): OrdersRead => {
  const orders = ordersNew();
  const code = ordersRead(orders, bytes, 0, bytes.length);
  if (code < 0) throw new Error(`no orders: ${code}`);
  return orders;
};

test('a check-in over TLS, by its token: orders come, the link counts as authenticated', async (t) => {
  const down = await downOf(t);
  down.assign('lamp-1');
  const report = new Reporting('lamp-1').report({ runs: 'old', sequence: 6 });
  const answer = await down.ask(
    'POST',
    'c/lamp-1',
    { ...lamp, ...CBOR },
    checkInBytes({ report, battery: 42 }),
  );
  t.is(answer.status, 200);
  t.is(answer.headers['content-type'], 'application/cbor');
  t.is(answer.headers['cache-control'], 'no-store');
  t.like(ordersOf(answer.bytes), { path: `${ROOT}update.suit`, download: 2, update: 2, cancel: false });
  const device = down.inventory.device('lamp-1')!;
  t.like(device.claims, { battery: 42, link: 'https', authenticated: true });
  t.is(device.report?.sequence, 6);
  t.is(device.work?.state, 'offered');
  t.deepEqual(down.warned, []);
});

// device, field Authorization, insecure, TLS: status, authenticated
const LETS: readonly (readonly [string, string | undefined, boolean, boolean, number, boolean?])[] = [
  ['lamp-1', `TargetToken ${tokenOf('lamp-1')}`, false, true, 200, true],
  ['lamp-1', `targettoken   ${tokenOf('lamp-1')}`, false, true, 200, true],
  ['lamp-1', undefined, false, true, 401],
  ['lamp-1', `TargetToken ${tokenOf('lamp-2')}`, false, true, 401],
  ['lamp-1', `TargetToken ${tokenOf('lamp-1')}x`, false, true, 401],
  ['lamp-1', `GatewayToken ${tokenOf('lamp-1')}`, false, true, 401],
  ['lamp-1', `Bearer ${tokenOf('lamp-1')}`, false, true, 401],
  ['lamp-1', 'TargetToken ', false, true, 401],
  ['lamp-1', `TargetToken ${'x'.repeat(513)}`, false, true, 401],
  ['stranger', `TargetToken ${tokenOf('lamp-1')}`, false, true, 401],
  ['stranger', undefined, false, true, 401],
  ['bare', undefined, false, true, 401],
  ['bare', 'TargetToken undefined', false, true, 401],
  ['bare', undefined, true, true, 200, false],
  // Nobody gets by a token, or another protocol's key, by showing nothing.
  ['lamp-1', undefined, true, true, 401],
  ['oscore', undefined, true, true, 401],
  ['lamp-1', `TargetToken ${tokenOf('lamp-2')}`, true, true, 401],
  ['lamp-1', 'TargetToken wrong', true, true, 401],
  ['stranger', undefined, true, true, 403],
  ['lamp-1', `TargetToken ${tokenOf('lamp-1')}`, true, false, 200, false],
  ['lamp-1', undefined, true, false, 401],
  ['bare', undefined, true, false, 200, false],
  ['oscore', undefined, true, false, 401],
];
for (const [id, authorization, insecure, secure, status, authenticated] of LETS)
  test(`${id} with ${authorization?.slice(0, 40) ?? 'no token'}${insecure ? ', insecure' : ''}${secure ? '' : ', no TLS'}: ${status}`, async (t) => {
    const down = await downOf(t, { insecure, tls: secure ? tls : undefined });
    const shown: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await down.ask('POST', `c/${id}`, { ...CBOR, ...shown }, checkInBytes());
    t.is(answer.status, status, answer.bytes.toString());
    t.is(down.inventory.device(id)?.claims?.authenticated, authenticated);
    t.is(
      down.inventory.device(id)?.claims?.link,
      authenticated === undefined ? undefined : secure ? 'https' : 'http',
    );
    t.is(answer.headers['www-authenticate'], status === 401 ? 'TargetToken realm="flipside"' : undefined);
    // Files are for whoever has a token of a device, or for all.
    const token = /^targettoken +token-of-lamp-[12]-0123456789$/i.test(authorization ?? '');
    const reads = token || (insecure && authorization === undefined);
    t.is((await down.ask('GET', `${ROOT}update.suit`, shown)).status, reads ? 200 : 401);
    t.is(down.warned.length, insecure ? 1 : 0);
    if (insecure)
      t.regex(down.warned[0]!, secure ? /can check in as any device/ : /who listens learns the tokens/);
  });

test('behind a proxy on this machine, which has the certificate: tokens as ever', async (t) => {
  const down = await downOf(t, { tls: undefined, publicUrl: 'https://gateway.example' });
  t.regex(down.url, /^http:/);
  t.deepEqual(down.warned, []);
  t.is((await down.ask('POST', 'c/lamp-1', CBOR, checkInBytes())).status, 401);
  t.is((await down.ask('POST', 'c/lamp-1', { ...lamp, ...CBOR }, checkInBytes())).status, 200);
  t.like(down.inventory.device('lamp-1')?.claims, { link: 'https', authenticated: true });
  const wide = { tls: undefined, publicUrl: 'https://gateway.example', insecure: true };
  const passed = await downOf(t, wide);
  t.is((await passed.ask('POST', 'c/lamp-1', { ...lamp, ...CBOR }, checkInBytes())).status, 200);
  t.like(passed.inventory.device('lamp-1')?.claims, { link: 'http', authenticated: false }, 'not past it');
  const open = await downOf(t, { tls: undefined });
  t.is((await open.ask('POST', 'c/lamp-1', { ...lamp, ...CBOR }, checkInBytes())).status, 200);
  t.like(open.inventory.device('lamp-1')?.claims, { link: 'http', authenticated: false });
});

test('without TLS it has to be asked for; a certificate that is none, and a port that is taken, are said', async (t) => {
  const usual = {
    desk: undefined as never,
    saved: undefined as never,
    tokens: undefined as never,
    host: '127.0.0.1',
    warn: () => undefined,
  };
  const wide = { ...usual, host: '0.0.0.0', port: 0, insecure: false };
  await t.throwsAsync(openHttpDown(wide), { instanceOf: RangeError });
  await t.throwsAsync(openHttpDown({ ...usual, port: 0, insecure: false, tls: { cert: 'x', key: 'y' } }), {
    message: /http\.cert: .*Give a certificate and the key that belongs to it/,
  });
  const down = await downOf(t);
  const port = Number(new URL(down.url).port);
  await t.throwsAsync(openHttpDown({ ...usual, port, insecure: false, tls }), {
    message: /EADDRINUSE.*another port/,
  });
  t.regex(new X509Certificate(tls.cert).subjectAltName ?? '', /127\.0\.0\.1/);
});

test('nothing is answered before it is on the disk; where the disk fails, 503, and it is written the next time', async (t) => {
  const down = await downOf(t);
  await down.inventory.saved();
  let release = (): void => undefined;
  const write = down.disk.write.bind(down.disk);
  const held = new Promise<void>((resolve) => (release = resolve));
  down.disk.write = async (changes) => {
    await held;
    return write(changes);
  };
  let answered = false;
  const asked = down.ask('POST', 'c/lamp-1', { ...lamp, ...CBOR }, checkInBytes()).then((answer) => {
    answered = true;
    return answer;
  });
  while (down.inventory.device('lamp-1')?.claims === undefined)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.false(answered);
  release();
  t.is((await asked).status, 200);

  down.disk.write = write;
  down.disk.failing = 1;
  const failed = await down.ask('POST', 'c/lamp-1', { ...lamp, ...CBOR }, checkInBytes({ battery: 7 }));
  t.is(failed.status, 503);
  t.is(failed.headers['retry-after'], '30');
  t.false(failed.bytes.toString().includes('no room'), 'who asked does not learn why');
  t.regex(down.warned.join(), /no room/);
  t.is((await down.ask('POST', 'c/lamp-1', { ...lamp, ...CBOR }, checkInBytes({ battery: 8 }))).status, 200);
  t.true(Buffer.from(down.disk.cells.get('d/lamp-1')!).includes('battery'));
});

const tail = (bytes: Uint8Array, from: number, to = bytes.length): Buffer =>
  Buffer.from(bytes.subarray(from, to));
const SIZE = PAYLOAD.length;
// headers, status, body, Content-Range
const RANGES: readonly (readonly [Record<string, string>, number, Buffer, string?])[] = [
  [{}, 200, tail(PAYLOAD, 0)],
  [{ range: 'bytes=0-9' }, 206, tail(PAYLOAD, 0, 10), `bytes 0-9/${SIZE}`],
  [{ range: 'bytes=65530-131080' }, 206, tail(PAYLOAD, 65530, 131081), `bytes 65530-131080/${SIZE}`],
  [{ range: `bytes=${SIZE - 1}-` }, 206, tail(PAYLOAD, SIZE - 1), `bytes ${SIZE - 1}-${SIZE - 1}/${SIZE}`],
  [{ range: 'bytes=-5' }, 206, tail(PAYLOAD, SIZE - 5), `bytes ${SIZE - 5}-${SIZE - 1}/${SIZE}`],
  [{ range: 'bytes=-9999999' }, 206, tail(PAYLOAD, 0), `bytes 0-${SIZE - 1}/${SIZE}`],
  [{ range: 'bytes=200000-999999999999999' }, 206, tail(PAYLOAD, 200000), `bytes 200000-${SIZE - 1}/${SIZE}`],
  [{ range: `bytes=${SIZE}-` }, 416, Buffer.alloc(0), `bytes */${SIZE}`],
  [{ range: 'bytes=999999999999999-' }, 416, Buffer.alloc(0), `bytes */${SIZE}`],
  [{ range: 'bytes=-0' }, 416, Buffer.alloc(0), `bytes */${SIZE}`],
  // What is no range, is too long to be one, or is several: the whole.
  [{ range: 'bytes=9-3' }, 200, tail(PAYLOAD, 0)],
  [{ range: 'bytes=99999999999999999999-' }, 200, tail(PAYLOAD, 0)],
  [{ range: 'bytes=0-1,5-6' }, 200, tail(PAYLOAD, 0)],
  [{ range: 'lines=0-1' }, 200, tail(PAYLOAD, 0)],
  [{ range: 'bytes=-1-' }, 200, tail(PAYLOAD, 0)],
  [{ range: 'bytes=0-9', 'if-range': TAG }, 206, tail(PAYLOAD, 0, 10), `bytes 0-9/${SIZE}`],
  [{ range: 'bytes=0-9', 'if-range': '"other"' }, 200, tail(PAYLOAD, 0)],
  [{ range: 'bytes=0-9', 'if-range': `W/${TAG}` }, 200, tail(PAYLOAD, 0)],
  [{ range: 'bytes=0-9', 'if-range': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 200, tail(PAYLOAD, 0)],
  [{ 'if-none-match': TAG }, 304, Buffer.alloc(0)],
  [{ 'if-none-match': `"x", W/${TAG}` }, 304, Buffer.alloc(0)],
  [{ 'if-none-match': '*' }, 304, Buffer.alloc(0)],
  [{ 'if-none-match': '"other"' }, 200, tail(PAYLOAD, 0)],
  [{ 'if-none-match': TAG, range: 'bytes=0-9' }, 304, Buffer.alloc(0)],
];
for (const [headers, status, body, range] of RANGES)
  test(`a file with ${JSON.stringify(headers)}: ${status}`, async (t) => {
    const down = await downOf(t);
    const path = `${ROOT}app.swu`;
    const got = await down.ask('GET', path, { ...lamp, ...headers });
    t.is(got.status, status);
    t.true(got.bytes.equals(body), `${got.bytes.length} bytes`);
    t.is(got.headers['content-range'], range);
    t.is(got.headers.etag, TAG);
    t.is(got.headers['accept-ranges'], 'bytes');
    if (status !== 304) t.is(got.headers['content-length'], String(body.length));
    const head = await down.ask('HEAD', path, { ...lamp, ...headers });
    t.deepEqual(
      [head.status, head.bytes.length, head.headers['content-length']],
      [status, 0, got.headers['content-length']],
    );
  });

// path, status
const PATHS: readonly (readonly [string, number])[] = [
  [`${ROOT}update.suit`, 200],
  [`${ROOT}none`, 404],
  [`${ROOT}../${ROOT}update.suit`, 404],
  [`${ROOT}%2e%2e/update.suit`, 404],
  [`${ROOT}update%2Esuit`, 404],
  [`${ROOT}update.suit%00`, 404],
  [`${ROOT}/update.suit`, 404],
  [`${ROOT}update.suit?x=1`, 404],
  [`r/${'0'.repeat(64)}/update.suit`, 404],
  [`r/${RELEASE.id.toUpperCase()}/update.suit`, 404],
  ['r/../../etc/passwd', 404],
  ['r/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 404],
  ['r/%zz', 400],
  [`r/${'a'.repeat(5000)}`, 404],
  ['s/..', 404],
  ['s/00000000-0000-4000-8000-000000000000', 404],
  ['', 404],
  ['c/lamp-1', 404],
  ['whole', 404],
];
test('paths lead to files of a release, and nowhere else', async (t) => {
  const down = await downOf(t);
  for (const [path, status] of PATHS) {
    const answer = await down.ask('GET', path, lamp);
    t.is(answer.status, status, path);
    if (status !== 200) t.false(answer.bytes.includes('root:'), path);
  }
  t.true((await down.ask('GET', `${ROOT}update.suit`, lamp)).bytes.equals(Buffer.from(ENVELOPE)));
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
    t.is((await down.ask(method, `${ROOT}update.suit`, lamp)).status, 404, method);
});

test('the statement of a class: under one name, and another one in time', async (t) => {
  const down = await downOf(t);
  const { status, headers, bytes } = await down.ask('GET', `s/${CLASS}`, lamp);
  t.deepEqual([status, headers['cache-control'], headers.etag], [200, 'no-cache', `"${RELEASE.id}"`]);
  t.true(bytes.equals(Buffer.from(ENVELOPE)));
  const again = await down.ask('GET', `s/${CLASS}`, { ...lamp, 'if-none-match': headers.etag! });
  t.is(again.status, 304);
  t.is((await down.ask('GET', `s/${CLASS}`)).status, 401);
});

test('time is told to anybody, in seconds', async (t) => {
  const down = await downOf(t, { clock: () => 1_800_000_000_999 });
  const { bytes, headers } = await down.ask('GET', 'time');
  t.is(bytes.toString(), '1800000000');
  t.regex(headers['content-type'] ?? '', /^text\/plain/);
});

test('a report of another device, or one that comes again, proves nothing', async (t) => {
  const down = await downOf(t);
  down.assign('lamp-1');
  const post = async (report: Uint8Array): Promise<number> =>
    (await down.ask('POST', 'c/lamp-1', { ...lamp, ...CBOR }, checkInBytes({ report }))).status;
  const device = new Reporting('lamp-1');
  t.is(await post(new Reporting('lamp-2').report({ runs: 'new', sequence: 7 })), 200);
  t.is(await post(new Reporting('lamp-1', { key: 'lamp-2' }).report({ runs: 'new', sequence: 7 })), 200);
  const right = device.report({ runs: 'old', sequence: 6 });
  t.is(await post(right), 200);
  t.is(await post(right), 200);
  t.like(down.inventory.device('lamp-1'), { refusedReports: 3 });
  t.is(down.inventory.device('lamp-1')!.work!.state, 'offered');
  t.is(await post(device.report({ runs: 'new', sequence: 7 })), 200);
  t.is(down.inventory.device('lamp-1')!.work!.state, 'success');
  t.is(digestOf('new'), RELEASE.manifestDigest);
});
