/** What is trusted, and what is shown to whom. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { activate, run, start } from '../../bootloader-sim/index.ts';
import { HttpError, update } from '../../hal/node/http.ts';
import type { HttpOptions } from '../../hal/node/http.ts';
import { factory, firmware, release } from '../bootloader-sim/_real.ts';
import { answer, certificate, file, listen } from './_server.ts';
import type { Act } from './_server.ts';

const old = firmware(1);
const { envelope, payload } = release(firmware(2), 2, { uri: 'payload' });
const ca = certificate('authority');

const good: Act = (socket, asked) => file(asked.path === '/envelope' ? envelope : payload)(socket, asked);

const offer = async (t: ExecutionContext, options: HttpOptions): Promise<{ code: number; why: string }> => {
  const board = factory(old);
  try {
    const { code } = await update(start(board).agent!, { pause: async () => undefined, ...options });
    if (code === Ok) {
      t.is(activate(board), Ok);
      t.is(run(board).history.at(-1)!.decision.slot, 1);
    }
    return { code, why: '' };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    t.is(run(board).history.at(-1)!.decision.slot, 0);
    return { code: error.code, why: error.message };
  }
};

// certificate of the server, authorities the device has, code, words
const TLS: readonly (readonly [string, string | undefined, number, RegExp])[] = [
  ['server', ca, Ok, /^$/],
  ['server', undefined, Err.SourceUntrusted, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
  ['server', certificate('self-signed'), Err.SourceUntrusted, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
  ['self-signed', undefined, Err.SourceUntrusted, /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ['self-signed', ca, Err.SourceUntrusted, /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ['self-signed', certificate('self-signed'), Ok, /^$/],
  ['other-name', ca, Err.SourceUntrusted, /ALTNAME/],
  ['expired', ca, Err.SourceUntrusted, /CERT_HAS_EXPIRED/],
];
for (const [name, trusted, code, says] of TLS)
  test(`a certificate: ${name}, by a device that trusts ${trusted === undefined ? 'what Node does' : trusted === ca ? 'the authority' : 'another'}: ${code}`, async (t) => {
    const server = await listen(t, good, name);
    const options = {
      envelopeUrl: `${server.origin}/envelope`,
      ...(trusted === undefined ? {} : { ca: trusted }),
    };
    const outcome = await offer(t, options);
    t.is(outcome.code, code, outcome.why);
    t.regex(outcome.why, says);
    t.is(server.asked.length > 0, code === Ok, 'nothing was asked of a server that is not trusted');
  });

test('https does not lead to http, whatever is allowed', async (t) => {
  const open = await listen(t, good);
  const secure = await listen(t, answer('302 Found', { location: `${open.origin}/envelope` }), 'server');
  const hosts = [`127.0.0.1:${open.port}`, open.origin];
  const outcome = await offer(t, { envelopeUrl: `${secure.origin}/envelope`, ca, hosts });
  t.is(outcome.code, Err.SchemeRefused);
  t.is(open.asked.length, 0);
});

test('http leads to https where that place is allowed', async (t) => {
  const secure = await listen(t, good, 'server');
  const open = await listen(t, (socket, asked) =>
    answer('302 Found', { location: `${secure.origin}${asked.path}` })(socket, asked),
  );
  const options = { envelopeUrl: `${open.origin}/envelope`, ca };
  t.is((await offer(t, options)).code, Err.OriginRefused);
  t.is(secure.asked.length, 0);
  t.is((await offer(t, { ...options, hosts: [secure.origin] })).code, Ok);
});

test('no TLS where it is to be', async (t) => {
  const server = await listen(t, answer('200 OK'));
  const outcome = await offer(t, {
    envelopeUrl: `https://127.0.0.1:${server.port}/envelope`,
    ca,
    timeout: 1500,
    retries: 0,
  });
  t.is(outcome.code, Err.SourceLost, outcome.why);
});

test('credentials go to the configured origin, and are dropped where it leads elsewhere', async (t) => {
  const authorization = 'Bearer secret';
  const store = await listen(t, (socket, asked) => file(payload)(socket, asked));
  const server = await listen(t, (socket, asked) => {
    if (asked.path === '/envelope') file(envelope)(socket, asked);
    else answer('307 Temporary Redirect', { location: `${store.origin}/signed?key=1` })(socket, asked);
  });
  const options = {
    envelopeUrl: `${server.origin}/envelope`,
    authorization,
    hosts: [`127.0.0.1:${store.port}`],
  };
  t.is((await offer(t, options)).code, Ok);
  t.true(server.asked.length > 1 && store.asked.length > 0);
  for (const { headers } of server.asked) t.is(headers.get('authorization'), authorization);
  for (const { headers } of store.asked) t.false(headers.has('authorization'));
});

test('a place that the signed manifest names is gone to only where the configuration says so, without credentials', async (t) => {
  const store = await listen(t, (socket, asked) => file(payload)(socket, asked));
  const named = release(firmware(2), 2, { uri: `${store.origin}/payload` });
  const server = await listen(t, (socket, asked) => file(named.envelope)(socket, asked));
  const options = { envelopeUrl: `${server.origin}/envelope`, authorization: 'Bearer secret' };
  t.is((await offer(t, options)).code, Err.OriginRefused);
  t.is(store.asked.length, 0);
  t.is((await offer(t, { ...options, manifestHost: true })).code, Ok);
  for (const { headers } of store.asked) t.false(headers.has('authorization'));
});

test('what the server says of the time is told, and no more', async (t) => {
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
  const server = await listen(t, (socket, asked) =>
    file(asked.path === '/envelope' ? envelope : payload, { date })(socket, asked),
  );
  const told: number[] = [];
  const onDate = (seconds: number): void => void told.push(seconds);
  t.is((await offer(t, { envelopeUrl: `${server.origin}/envelope`, onDate })).code, Ok);
  t.deepEqual([...new Set(told)], [Date.parse(date) / 1000]);
});
