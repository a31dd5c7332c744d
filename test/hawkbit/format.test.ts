import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import {
  ARTIFACTS_MAX,
  artifactPlace,
  baseNew,
  baseRead,
  cancelNew,
  cancelRead,
  configDataText,
  confirmationText,
  deploymentNew,
  deploymentRead,
  Execution,
  feedbackPlace,
  feedbackText,
  Finished,
  Handling,
  mayInstall,
  sleepRead,
  TEXT_MAX,
  Window,
} from '../../hal/hawkbit/index.ts';
import { placeNew, uriRead, uriText } from '../../hal/http/uri.ts';

const HREF = 'http://h:8080/T/controller/v1/d/softwaremodules/1/artifacts/';
const artifact = (filename: unknown, more: object = {}): object => ({
  filename,
  size: 3,
  hashes: { sha256: 'AB'.repeat(32) },
  _links: { 'download-http': { href: `${HREF}${String(filename)}` } },
  ...more,
});
const deployment = (artifacts: unknown, more: object = {}, id: unknown = '8'): string =>
  JSON.stringify({
    id,
    deployment: {
      download: 'forced',
      update: 'attempt',
      chunks: [{ part: 'os', name: 'lamp', version: '2', artifacts }],
      ...more,
    },
  });

for (const [text, seconds] of [
  ['00:05:00', 300],
  ['23:59:59', 86399],
  ['24:00:00', -1],
  ['5:00', -1],
  ['00:60:00', -1],
  ['-1:00:00', -1],
  ['', -1],
] as const) {
  test(`sleep "${text}"`, (t) => t.is(sleepRead(text), seconds));
}

test('a base is its links and its interval', (t) => {
  const base = baseNew();
  const links = { deploymentBase: { href: 'a' }, cancelAction: { href: 'b' }, configData: { href: 3 } };
  const text = JSON.stringify({ config: { polling: { sleep: '00:00:30' } }, _links: links });
  t.is(baseRead(base, text), 0);
  t.deepEqual(base, { ...baseNew(), sleep: 30, deployment: 'a', cancel: 'b' });
});

test('a deployment: files, and which of them is the envelope', (t) => {
  const into = deploymentNew();
  t.is(deploymentRead(into, deployment([artifact('p.bin'), artifact('u.suit')]), false), 0);
  t.deepEqual(
    [into.id, into.download, into.update, into.window, into.name, into.version, into.envelope],
    ['8', Handling.Forced, Handling.Attempt, Window.None, 'lamp', '2', 1],
  );
  t.is(into.artifacts[0]!.sha256, 'ab'.repeat(32));
  t.true(mayInstall(into));
  t.is(deploymentRead(into, deployment([artifact('a.suit'), artifact('b.suit')]), false), 0);
  t.is(into.envelope, -1, 'two envelopes are none');
});

for (const [more, may] of [
  [{}, true],
  [{ update: 'skip' }, false],
  [{ maintenanceWindow: 'unavailable' }, false],
  [{ maintenanceWindow: 'available' }, true],
] as const) {
  test(`may be installed with ${JSON.stringify(more)}: ${may}`, (t) => {
    const into = deploymentNew();
    t.is(deploymentRead(into, deployment([], more), false), 0);
    t.is(mayInstall(into), may);
  });
}

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const HOSTILE: readonly (readonly [string, string])[] = [
  ['no JSON', '{'],
  ['no object', '[]'],
  ['null', 'null'],
  ['too long', `{"id":"${'x'.repeat(TEXT_MAX)}"}`],
  ['too deep', `{"id":"8","deployment":{"chunks":[],"x":${deep(20000)}}}`],
  ['no deployment', '{"id":"8"}'],
  ['an id that leads elsewhere', deployment([], {}, '../../x')],
  ['an id that is no whole number', deployment([], {}, 1.5)],
  ['an unknown handling', deployment([], { download: 'maybe' })],
  ['a window that is none', deployment([], { maintenanceWindow: 7 })],
  ['chunks that are none', deployment([], { chunks: {} })],
  ['a chunk that is none', deployment([], { chunks: [null] })],
  ['too many artifacts', deployment(Array.from({ length: ARTIFACTS_MAX + 1 }, () => artifact('a')))],
  ['a file name that is a path', deployment([artifact('../update.suit')])],
  ['a file name that is a number', deployment([artifact(3)])],
];
for (const [name, text] of HOSTILE) {
  test(`a deployment is refused: ${name}`, (t) => {
    t.is(deploymentRead(deploymentNew(), text, false), Err.SourceMalformed);
  });
}

test('whatever comes is read or refused, and nothing is thrown', (t) => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (json, text) => {
      for (const one of [json, text]) {
        baseRead(baseNew(), one);
        cancelRead(cancelNew(), one);
        deploymentRead(deploymentNew(), one, true);
      }
    }),
  );
  t.pass();
});

test('a cancel, with an id as a number or as text', (t) => {
  for (const [id, stopId] of [
    ['11', 11],
    [11, '11'],
  ]) {
    const cancel = cancelNew();
    t.is(cancelRead(cancel, JSON.stringify({ id, cancelAction: { stopId } })), 0);
    t.deepEqual(cancel, { id: '11', stopId: '11' });
  }
  t.is(cancelRead(cancelNew(), '{"id":1,"cancelAction":{}}'), Err.SourceMalformed);
});

test('what is said', (t) => {
  const feedback = {
    execution: Execution.Download,
    finished: Finished.None,
    count: 1,
    total: 4,
    code: 0,
    details: ['x'],
  };
  const status = { execution: 'download', result: { finished: 'none', progress: { cnt: 1, of: 4 } } };
  t.deepEqual(JSON.parse(feedbackText(feedback)), { status: { ...status, details: ['x'] } });
  t.is((JSON.parse(feedbackText(feedback, '7')) as { id: string }).id, '7');
  t.deepEqual(JSON.parse(confirmationText(false, [])), { confirmation: 'denied', details: [] });
  t.deepEqual(JSON.parse(configDataText([['version', '2']])), { mode: 'replace', data: { version: '2' } });
});

const policyOf = (url: string, allowed: readonly string[] = []) => {
  const trusted = placeNew();
  uriRead(trusted, url);
  return { trusted, allowed, schemes: ['http', 'https'] };
};
for (const [url, download, downloadHttp, allowed, wanted] of [
  ['http://h/T/d', 'https://h/f', 'http://h/f', [], 'http://h/f'],
  ['https://h/T/d', 'https://h/f', 'http://h/f', [], 'https://h/f'],
  ['https://h/T/d', '', 'http://h/f', [], Err.SchemeRefused],
  ['http://h/T/d', 'https://cdn/f', '', [], Err.OriginRefused],
  ['http://h/T/d', 'https://cdn/f', '', ['cdn'], 'https://cdn/f'],
  ['http://h/T/d', '', '', [], Err.SourceMalformed],
] as const) {
  test(`from ${url}, links "${download}" and "${downloadHttp}", allowed ${allowed.join()}`, (t) => {
    const policy = policyOf(url, allowed);
    const one = { filename: 'f', size: 1, sha256: '', download, downloadHttp };
    const into = placeNew();
    const code = artifactPlace(into, policy.trusted, one, policy);
    t.is(code < 0 ? code : uriText(into), wanted);
  });
}

test('feedback goes beside the link, without its query', (t) => {
  const at = placeNew();
  const into = placeNew();
  uriRead(at, 'http://h/T/controller/v1/d/deploymentBase/8?c=-3');
  feedbackPlace(into, at);
  t.is(uriText(into), 'http://h/T/controller/v1/d/deploymentBase/8/feedback');
});
