/** hawkBit's DDI towards devices: our own link as the device, and requests by hand where it would not ask so. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createHash } from 'node:crypto';
import * as Err from '../../agent/err.ts';
import {
  baseNew,
  baseRead,
  cancelNew,
  cancelRead,
  configDataText,
  deploymentNew,
  deploymentRead,
  feedbackPlace,
  feedbackText,
  Handling,
} from '../../hal/hawkbit/index.ts';
import type { ControllerBase, Deployment } from '../../hal/hawkbit/index.ts';
import { placeNew } from '../../hal/http/uri.ts';
import { DdiLink } from '../../hal/node/hawkbit.ts';
import { HttpClient } from '../../hal/node/http-client.ts';
import { digestOf, Reporting } from './_devices.ts';
import {
  authority,
  authorizationOf,
  downOf,
  ENVELOPE,
  PAYLOAD,
  RELEASE,
  ROOT,
  tls,
  tokenOf,
} from './_http-down.ts';
import type { Down } from './_http-down.ts';

const ID = 'lamp-1';
const lamp = authorizationOf(ID);
const JSON_BODY = { ...lamp, 'content-type': 'application/json' };
const PATH = `DEFAULT/controller/v1/${ID}`;
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

interface Speaker {
  readonly link: DdiLink;
  base(): Promise<ControllerBase>;
  deployment(base: ControllerBase): Promise<Deployment>;
  /** Status of the answer. */
  say(href: string, said: Partial<Parameters<typeof feedbackText>[0]>): Promise<number>;
}

const speak = (t: ExecutionContext, down: Down, id = ID): Speaker => {
  const url = `${down.url}DEFAULT/controller/v1/${id}`;
  const link = new DdiLink({ url, token: tokenOf(id), kind: 'target', ca: authority });
  t.teardown(() => link.close());
  return {
    link,
    async base() {
      const base = baseNew();
      const answer = await link.ask('GET', link.place);
      t.is(answer.status, 200);
      t.is(baseRead(base, answer.text), 0);
      return base;
    },
    async deployment({ deployment: href }) {
      const found = deploymentNew();
      const { status, text } = await link.ask('GET', link.follow(href));
      t.is(status, 200);
      t.is(deploymentRead(found, text, false), 0, text);
      return found;
    },
    async say(href, said) {
      const place = placeNew();
      feedbackPlace(place, link.follow(href));
      const whole = {
        execution: 'closed',
        finished: 'success',
        count: 0,
        total: 0,
        code: 0,
        details: [],
        ...said,
      };
      return (await link.ask('POST', place, feedbackText(whole))).status;
    },
  };
};

const reportLine = (report: Uint8Array): string => `report:${Buffer.from(report).toString('base64url')}`;
const reportLines = (report: Uint8Array): string[] => [report.slice(0, 99), report.slice(99)].map(reportLine);
const stateOf = (down: Down): string | undefined => down.inventory.device(ID)?.work?.state;
const wordsOf = (down: Down): string | undefined => down.inventory.device(ID)?.work?.words;

test('nothing to do: when to come again, and no link but to say what it is, once', async (t) => {
  const down = await downOf(t);
  const device = speak(t, down);
  const first = await device.base();
  t.is(first.sleep, 3600);
  t.deepEqual([first.deployment, first.cancel, first.configData], ['', '', `${down.url}${PATH}/configData`]);
  t.is((await device.base()).configData, '');
  t.like(down.inventory.device(ID)?.claims, { link: 'ddi', authenticated: true });
  t.true(down.inventory.device(ID)!.lastSeen > 0);
});

test('a deployment: files by absolute links with their hashes, fetched with the token, byte for byte', async (t) => {
  const down = await downOf(t);
  down.assign(ID, '7', { update: 'attempt' });
  const device = speak(t, down);
  const base = await device.base();
  t.is(base.deployment, `${down.url}${PATH}/deploymentBase/7`);
  t.is(base.sleep, 60);
  t.is(stateOf(down), 'offered');
  const found = await device.deployment(base);
  t.like(found, {
    id: '7',
    download: Handling.Forced,
    update: Handling.Attempt,
    name: 'app 2',
    version: '7',
    envelope: 1,
  });
  t.deepEqual(
    found.artifacts.map(({ filename, size, sha256 }) => [filename, size, sha256]),
    [
      ['app.swu', PAYLOAD.length, RELEASE.payloads[0]!.digest],
      ['update.suit', ENVELOPE.length, RELEASE.id],
    ],
  );
  t.is(found.artifacts[0]!.download, `${down.url}${ROOT}app.swu`);
  t.is(found.artifacts[0]!.downloadHttp, found.artifacts[0]!.download);
  const client = new HttpClient({ timeout: 10_000, ca: authority });
  const answer = await client.get(device.link.follow(found.artifacts[0]!.download), {
    authorization: device.link.authorization,
  });
  const parts: Uint8Array[] = [];
  for (let bytes = await answer.read(); bytes !== undefined; bytes = await answer.read()) parts.push(bytes);
  client.close();
  t.true(Buffer.concat(parts).equals(Buffer.from(PAYLOAD)));
  const raw = await down.ask('GET', `${PATH}/deploymentBase/7`, lamp);
  t.regex(raw.headers['content-type'] ?? '', /^application\/hal\+json/);
  const { deployment } = JSON.parse(raw.bytes.toString()) as {
    deployment: { chunks: { part: string; artifacts: { hashes: { sha1: string } }[] }[] };
  };
  t.deepEqual(
    deployment.chunks.map(({ part, artifacts }) => [part, ...artifacts.map(({ hashes }) => hashes.sha1)]),
    [['os', sha1(PAYLOAD), sha1(ENVELOPE)]],
  );
});

test('a file that is missing, and is fetched again: the deployment is there again', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const { digest } = RELEASE.payloads[0]!;
  down.files.delete(digest);
  t.is((await down.ask('GET', PATH, lamp)).status, 200);
  const at = `${PATH}/deploymentBase/7`;
  t.is((await down.ask('GET', at, lamp)).status, 404);
  down.files.set(digest, PAYLOAD);
  const found = await down.ask('GET', at, lamp);
  t.is(found.status, 200, found.bytes.toString());
  t.true(found.bytes.toString().includes(sha1(PAYLOAD)));
});

test('success that is only said stays a claim: kept in words, no link any more, the work is not closed', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const device = speak(t, down);
  const base = await device.base();
  t.is(
    await device.say(base.deployment, { execution: 'proceeding', finished: 'none', details: ['half'] }),
    200,
  );
  t.is(await device.say(base.deployment, { details: ['all is well'] }), 200);
  t.is(stateOf(down), 'offered');
  t.is(wordsOf(down), 'says, without proof: success: all is well');
  const after = await device.base();
  t.deepEqual([after.deployment, after.cancel], ['', '']);
  t.is((await down.ask('GET', `${PATH}/deploymentBase/7`, lamp)).status, 404);
  t.is(await device.say(base.deployment, {}), 410);
  // The proof may come later, and closes it.
  const report = new Reporting(ID).report({ runs: 'new', sequence: 7 });
  const data = configDataText([['battery', '80']]).replace(
    '}}',
    `,"report":"${Buffer.from(report).toString('base64url')}"}}`,
  );
  t.is((await down.ask('PUT', `${PATH}/configData`, JSON_BODY, data)).status, 200);
  t.is(stateOf(down), 'success');
  t.is(down.inventory.device(ID)!.claims!.battery, 80);
});

test('a failure that is said is believed, and does not count against the release', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const device = speak(t, down);
  const base = await device.base();
  t.is(await device.say(base.deployment, { finished: 'failure', details: ['no image of mine'] }), 200);
  t.is(stateOf(down), 'failed');
  t.is(wordsOf(down), 'says, without proof: failure: no image of mine');
  t.false(down.inventory.device(ID)!.work!.counted);
  t.is((await device.base()).deployment, '');
});

test('success with a report that proves it is success; the report of another proves nothing', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const device = speak(t, down);
  const base = await device.base();
  const forged = new Reporting('lamp-2').report({ runs: 'new', sequence: 7 });
  const open = { execution: 'proceeding', finished: 'none' };
  t.is(await device.say(base.deployment, { ...open, details: [reportLine(forged)] }), 200);
  t.is(stateOf(down), 'offered');
  t.is(down.inventory.device(ID)!.refusedReports, 1);
  const right = new Reporting(ID).report({ runs: 'new', sequence: 7 });
  t.is(await device.say(base.deployment, { details: ['runs', ...reportLines(right)] }), 200);
  t.is(stateOf(down), 'success');
  t.is(down.inventory.device(ID)!.report!.sequence, 7);
  t.is((await device.base()).deployment, '');
});

test('a report that shows it went back outweighs the success that is said beside it', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const device = speak(t, down);
  const base = await device.base();
  const back = new Reporting(ID).report({
    runs: 'old',
    sequence: 6,
    session: [Err.SignatureWrong, 'new'],
  });
  t.is(await device.say(base.deployment, { details: [reportLine(back)] }), 200);
  t.is(stateOf(down), 'failed');
  t.true(down.inventory.device(ID)!.work!.counted);
});

test('taken back: the device is asked, and its answer ends it; asking again is no answer', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const device = speak(t, down);
  const before = await device.base();
  down.inventory.wanted(ID, undefined, 50);
  const base = await device.base();
  t.deepEqual([base.deployment, base.cancel], ['', `${down.url}${PATH}/cancelAction/7`]);
  await device.base();
  await device.base();
  t.is(stateOf(down), 'offered');
  const cancel = cancelNew();
  t.is(cancelRead(cancel, (await device.link.ask('GET', device.link.follow(base.cancel))).text), 0);
  t.deepEqual(cancel, { id: '7', stopId: '7' });
  t.is(await device.say(base.cancel, { execution: 'rejected', finished: 'none', details: ['busy'] }), 200);
  t.is(stateOf(down), 'offered');
  t.is(wordsOf(down), 'says, without proof: it does not give it up: busy');
  t.not((await device.base()).cancel, '');
  t.is(await device.say(base.cancel, {}), 200);
  t.is(stateOf(down), 'cancelled');
  t.is((await device.base()).cancel, '');
  t.is(await device.say(base.cancel, {}), 410);
  t.is(await device.say(before.deployment, {}), 410);
  t.is((await down.ask('GET', `${PATH}/cancelAction/7`, lamp)).status, 404);
});

test('taken back after it said success: over at its next question, and the next work comes', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const device = speak(t, down);
  t.is(await device.say((await device.base()).deployment, {}), 200);
  down.inventory.wanted(ID, undefined, 50);
  t.is(stateOf(down), 'offered');
  t.deepEqual([(await device.base()).cancel, stateOf(down)], ['', 'cancelled']);
  t.is(wordsOf(down), 'says, without proof: success');
  down.assign(ID, '8');
  t.regex((await device.base()).deployment, /deploymentBase\/8$/);
});

test('nothing was taken back: no answer to it is taken', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  await speak(t, down).base();
  const body = feedbackText({
    execution: 'closed',
    finished: 'success',
    count: 0,
    total: 0,
    code: 0,
    details: [],
  });
  t.is((await down.ask('POST', `${PATH}/cancelAction/7/feedback`, JSON_BODY, body)).status, 410);
  t.is(stateOf(down), 'offered');
});

test('a group that was stopped since: no link, so that no client closes what it was to skip', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  const device = speak(t, down);
  const base = await device.base();
  down.gate = 'stopped';
  t.is((await device.base()).deployment, '');
  t.like(await device.deployment(base), { update: Handling.Skip, download: Handling.Forced });
  down.gate = 'open';
  t.is((await device.base()).deployment, base.deployment);
});

test('a server whose actions are no numbers: the device is given one', async (t) => {
  const down = await downOf(t);
  down.assign(ID, 'folder/new');
  const device = speak(t, down);
  const base = await device.base();
  const action = /\/deploymentBase\/(\d+)$/.exec(base.deployment)?.[1];
  t.truthy(action, base.deployment);
  t.is((await device.deployment(base)).id, action ?? '');
  t.is(await device.say(base.deployment, { finished: 'failure' }), 200);
  t.is(stateOf(down), 'failed');
});

test('links lead where the device came from, or where the configuration says', async (t) => {
  const hrefOf = async (down: Down, host?: string): Promise<string> => {
    const answer = await down.ask('GET', PATH, { ...lamp, ...(host === undefined ? {} : { host }) });
    const { _links: links } = JSON.parse(answer.bytes.toString()) as {
      _links: { deploymentBase: { href: string } };
    };
    return links.deploymentBase.href;
  };
  const down = await downOf(t);
  down.assign(ID);
  t.is(await hrefOf(down, 'gateway.local:444'), `https://gateway.local:444/${PATH}/deploymentBase/7`);
  for (const host of ['a/b', 'a@b', 'a"b', 'x'.repeat(300), 'a b'])
    t.is(await hrefOf(down, host), `${down.url}${PATH}/deploymentBase/7`, host);
  const behind = await downOf(t, { publicUrl: 'https://updates.example/gw', tls });
  behind.assign(ID);
  t.is(await hrefOf(behind, 'gateway.local'), `https://updates.example/gw/${PATH}/deploymentBase/7`);
});

test('over DDI too nothing is answered before it is on the disk', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  await down.inventory.saved();
  down.disk.failing = 1;
  t.is((await down.ask('GET', PATH, lamp)).status, 503);
  t.is((await down.ask('GET', PATH, lamp)).status, 200);
  const text = Buffer.from(down.disk.cells.get(`d/${ID}`)!).toString('latin1');
  t.regex(text, /offered/);
  down.disk.failing = 1;
  const said = JSON.stringify({ status: { execution: 'closed', result: { finished: 'failure' } } });
  t.is((await down.ask('POST', `${PATH}/deploymentBase/7/feedback`, JSON_BODY, said)).status, 503);
  await down.inventory.saved();
  t.is(Buffer.from(down.disk.cells.get(`s/ddi/${ID}`)!).toString(), '7 failure');
});

test('a device that says where it has it staged, beside a report that proves nothing of it', async (t) => {
  const down = await downOf(t);
  down.assign(ID);
  await speak(t, down).base();
  const report = Buffer.from(new Reporting(ID).report({ runs: 'old', sequence: 6 })).toString('base64url');
  const data = JSON.stringify({ mode: 'merge', data: { staged: digestOf('new'), report } });
  t.is((await down.ask('PUT', `${PATH}/configData`, JSON_BODY, data)).status, 200);
  t.is(stateOf(down), 'staged');
});
