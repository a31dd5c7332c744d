import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { DeviceRecord, WorkRecord, WorkState } from '../../gateway/contract.ts';
import { feedbackOf, isClosed, toldAs } from '../../gateway/upstream/feedback.ts';
import { workOf } from '../../gateway/upstream/work.ts';
import { deploymentNew, deploymentRead } from '../../hal/hawkbit/format-deployment.ts';
import { feedbackText } from '../../hal/hawkbit/format-feedback.ts';
import { HTTP_SCHEMES } from '../../hal/http/origin.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';

const ROOT = 'https://updates.example.com/DEFAULT/controller/v1/lamp-1';
const place = placeNew();
uriRead(place, ROOT);
const policy = { trusted: place, allowed: [], schemes: HTTP_SCHEMES };

const artifact = (filename: string, href = `${ROOT}/softwaremodules/3/artifacts/${filename}`): unknown => ({
  filename,
  size: 900,
  hashes: { sha256: 'ab'.repeat(32) },
  _links: { download: { href } },
});

const deploymentOf = (artifacts: unknown[], rest: object = {}): ReturnType<typeof deploymentNew> => {
  const deployment = deploymentNew();
  const body = {
    download: 'forced',
    update: 'attempt',
    chunks: [{ name: 'lamp', version: '2', artifacts }],
    ...rest,
  };
  const code = deploymentRead(deployment, JSON.stringify({ id: 8, deployment: body }), false);
  if (code < 0) throw new Error(`deployment: ${code}`);
  return deployment;
};

test('an assignment: envelope, files, and how to go about it', (t) => {
  const work = workOf(
    deploymentOf([artifact('a.bin'), artifact('update.suit')]),
    place,
    policy,
    'GatewayToken x',
  );
  if (typeof work === 'number') return t.fail(String(work));
  t.is(work.id, '8');
  t.is(work.title, 'lamp 2');
  t.is(work.source.envelope.name, 'update.suit');
  t.is(work.source.envelope.sizeMax, 4096);
  t.is(work.source.envelope.authorization, 'GatewayToken x');
  t.deepEqual(
    work.source.files.map(({ name, sha256, size }) => ({ name, sha256, size })),
    [{ name: 'a.bin', sha256: 'ab'.repeat(32), size: 900 }],
  );
  t.deepEqual([work.download, work.update], ['forced', 'attempt']);
});

test('outside the maintenance window it is downloaded, and not installed', (t) => {
  const deployment = deploymentOf([artifact('update.suit')], { maintenanceWindow: 'unavailable' });
  const work = workOf(deployment, place, policy, '');
  t.is(typeof work === 'number' ? work : work.update, 'skip');
});

test('no envelope: nothing to install; a file elsewhere: not gone to', (t) => {
  t.is(workOf(deploymentOf([artifact('a.bin')]), place, policy, ''), Err.NothingToInstall);
  const elsewhere = artifact('a.bin', 'https://elsewhere.example.com/a.bin');
  const code = workOf(deploymentOf([artifact('update.suit'), elsewhere]), place, policy, '');
  t.true(typeof code === 'number' && code < 0);
});

const record = (state: WorkState, words = '', code = 0): WorkRecord => ({
  work: {
    id: '8',
    source: { envelope: { url: '', name: '', sizeMax: 1 }, files: [] },
    download: 'forced',
    update: 'forced',
    title: 'lamp 2',
  },
  state,
  release: undefined,
  manifestDigest: undefined,
  since: 0,
  code,
  words,
  cancelling: false,
});

const device = { id: 'lamp-1', report: { bytes: Uint8Array.of(0xd2, 0x84) } } as unknown as DeviceRecord;

const rows: readonly (readonly [WorkState, string, string])[] = [
  ['waiting', 'scheduled', 'none'],
  ['fetching', 'download', 'none'],
  ['ready', 'scheduled', 'none'],
  ['offered', 'proceeding', 'none'],
  ['staged', 'downloaded', 'none'],
  ['trial', 'proceeding', 'none'],
  ['success', 'closed', 'success'],
  ['reverted', 'closed', 'failure'],
  ['failed', 'closed', 'failure'],
  ['cancelled', 'canceled', 'none'],
];

for (const [state, execution, finished] of rows) {
  test(`hawkBit is told of ${state}: ${execution}, ${finished}`, (t) => {
    const feedback = feedbackOf(device, record(state, 'for a reason', -112));
    t.is(feedback.execution, execution);
    t.is(feedback.finished, finished);
    t.is(isClosed(state), execution === 'closed');
    const { status } = JSON.parse(feedbackText(feedback)) as { status: { code: number; details: string[] } };
    t.is(status.code, -112);
    t.regex(status.details[0]!, /: for a reason$/);
    // The device's own word goes on as it came.
    t.is(status.details[1], `report:${Buffer.from([0xd2, 0x84]).toString('base64url')}`);
  });
}

test('a state is told once, and again when its words change', (t) => {
  t.is(toldAs(record('waiting', 'a')), toldAs(record('waiting', 'a')));
  t.not(toldAs(record('waiting', 'a')), toldAs(record('waiting', 'b')));
  t.not(toldAs(record('waiting')), toldAs(record('ready')));
});
