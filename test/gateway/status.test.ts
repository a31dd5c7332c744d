import { request } from 'node:http';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { openStatus } from '../../gateway/status/index.ts';
import { PublishError } from '../../publisher/errors.ts';
import { SECRET, statusRooms } from './_status-rooms.ts';
import type { FakeRooms } from './_status-rooms.ts';

const TOKEN = 'a-token-of-this-test';

const opened = async (t: ExecutionContext, token?: string): Promise<{ url: string; rooms: FakeRooms }> => {
  const rooms = statusRooms();
  const hosts = ['gateway.example.com'];
  const status = await openStatus({ ...rooms, port: 0, token, gather: 5, hosts });
  t.teardown(() => status.close());
  return { url: status.url, rooms };
};

interface Answered {
  readonly code: number | undefined;
  readonly text: string;
  readonly policy: unknown;
}

const ask = (url: string, method: string, headers: Record<string, string> = {}): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () =>
        resolve({ code: answer.statusCode, text, policy: answer.headers['content-security-policy'] }),
      );
    });
    asked.on('error', reject).end();
  });

for (const path of ['status', 'groups', 'devices', 'devices/lamp-2', 'devices/lamp-10']) {
  test(`${path}: versioned, without secrets, and no markup of a device`, async (t) => {
    const { url } = await opened(t, TOKEN);
    const { code, text, policy } = await ask(`${url}api/${path}`, 'GET');
    t.is(code, 200);
    t.is((JSON.parse(text) as { version: number }).version, 1);
    for (const never of [SECRET, TOKEN, '<', '\u202e', '\\u0000']) t.false(text.includes(never), never);
    t.true(text.length < 8192, 'what is hostile is capped');
    t.regex(String(policy), /default-src 'none'/);
  });
}

test('a device, with what went wrong in words', async (t) => {
  const { url } = await opened(t);
  const { text } = await ask(`${url}api/devices/lamp-2`, 'GET');
  const { work } = JSON.parse(text) as { work: { code: { name: string; advice: string } } };
  t.is(work.code.name, 'CheckFailed');
  t.true(work.code.advice.length > 0);
});

// query, ids
const lists: readonly (readonly [string, readonly string[]])[] = [
  ['', ['lamp-2', 'lamp-10']],
  ['?state=reverted', ['lamp-2']],
  ['?state=trouble', ['lamp-2']],
  ['?search=LAMP-1', ['lamp-10']],
  ['?group=other', []],
  ['?size=1&page=2', ['lamp-10']],
  ['?size=1&page=999', ['lamp-10']],
];
for (const [query, ids] of lists) {
  test(`the list of devices ${query}`, async (t) => {
    const { url } = await opened(t);
    const { text } = await ask(`${url}api/devices${query}`, 'GET');
    const { devices } = JSON.parse(text) as { devices: { id: string }[] };
    t.deepEqual(
      devices.map(({ id }) => id),
      ids,
    );
  });
}

// what, method, path, headers, code
const refused: readonly (readonly [string, string, string, Record<string, string>, number])[] = [
  ['an unknown device', 'GET', 'api/devices/none', {}, 404],
  ['a page too large', 'GET', 'api/devices?size=201', {}, 400],
  ['a state that is none', 'GET', 'api/devices?state=x', {}, 400],
  ['a strange name in Host', 'GET', 'api/status', { host: 'evil.example' }, 421],
  ['no token', 'POST', 'api/groups/canary/pause', {}, 401],
  ['a wrong token', 'POST', 'api/groups/canary/pause', { authorization: 'Bearer wrong' }, 401],
  [
    'another origin',
    'POST',
    'api/groups/canary/pause',
    { authorization: `Bearer ${TOKEN}`, origin: 'http://evil.example' },
    403,
  ],
  [
    'origin null',
    'POST',
    'api/groups/canary/resume',
    { authorization: `Bearer ${TOKEN}`, origin: 'null' },
    403,
  ],
  ['a token in the address', 'POST', `api/groups/canary/pause?token=${TOKEN}`, {}, 401],
  ['an unknown group', 'POST', 'api/groups/none/pause', { authorization: `Bearer ${TOKEN}` }, 404],
];
for (const [what, method, path, headers, wanted] of refused) {
  test(`refused: ${what}`, async (t) => {
    const { url, rooms } = await opened(t, TOKEN);
    const { code, text } = await ask(url + path, method, headers);
    t.is(code, wanted, text);
    t.deepEqual(rooms.commands, []);
  });
}

test('a name of the configuration in Host', async (t) => {
  const { url } = await opened(t);
  const { code } = await ask(`${url}api/status`, 'GET', { host: 'Gateway.Example.com:443' });
  t.is(code, 200);
});

test('pause and resume, by token, from a command line and from the page itself', async (t) => {
  const { url, rooms } = await opened(t, TOKEN);
  const authorization = `Bearer ${TOKEN}`;
  const paused = await ask(`${url}api/groups/canary/pause`, 'POST', { authorization });
  t.regex(paused.text, /"phase":"paused"/);
  const origin = url.slice(0, -1);
  t.is((await ask(`${url}api/groups/canary/resume`, 'POST', { authorization, origin })).code, 200);
  t.deepEqual(rooms.commands, ['pause canary', 'resume canary']);
});

test('without a token in the configuration nobody commands', async (t) => {
  const { url, rooms } = await opened(t);
  const { code } = await ask(`${url}api/groups/canary/pause`, 'POST', { authorization: `Bearer ${TOKEN}` });
  t.is(code, 403);
  t.deepEqual(rooms.commands, []);
});

for (const token of ['', 'short', 'with a space in it, and long']) {
  test(`no token: "${token}"`, async (t) => {
    await t.throwsAsync(openStatus({ ...statusRooms(), port: 0, token }), { instanceOf: PublishError });
  });
}

/** Reads events until one fits. */
const until = (url: string, lastId: string, fits: (text: string) => boolean): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = lastId === '' ? {} : { 'last-event-id': lastId };
    const asked = request(`${url}api/events`, { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (!fits(text)) return;
        resolve(text);
        asked.destroy();
      });
      answer.on('error', () => resolve(text));
    });
    asked.on('error', reject).end();
  });

const lastId = (text: string): string => [...text.matchAll(/^id: (.*)$/gm)].at(-1)![1]!;

test('events: a change, what was missed, and reset for an id of another run', async (t) => {
  const { url, rooms } = await opened(t);
  const hello = await until(url, '', (text) => text.includes('event: hello'));
  rooms.change('lamp-10', { refusedReports: 3 });
  const missed = await until(url, lastId(hello), (text) => /"refusedReports":3[^\n]*\n\n/.test(text));
  t.regex(missed, /event: devices\ndata: \{"version":1,/);
  t.false(missed.includes('<'));
  const reset = await until(url, 'other-1', (text) => text.includes('\n\n'));
  t.regex(reset, /event: reset/);
});
