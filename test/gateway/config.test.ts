import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { configLoad } from '../../gateway/config/config.ts';
import { devicesLoad, devicesSave, reportKeyOfEntry, SEALED_KEY } from '../../gateway/config/devices.ts';
import { secretsLoad, secretsSave, tokenHash, tokenHolds } from '../../gateway/config/secrets.ts';
import { keyFileCreate } from '../../hal/node/identity/index.ts';
import { anchorOf, anchorText } from '../../publisher/anchors.ts';
import { keyIdOf } from '../../publisher/keys.ts';
import { reportKeyText } from '../../publisher/report-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'flipside-gateway-'));
const key = new Uint8Array(32).fill(7);
writeFileSync(
  join(folder, 'owner.anchor.json'),
  anchorText(anchorOf({ algorithm: 'ed25519', key, keyId: keyIdOf(key) })),
);

const whole = {
  version: 1,
  folder: 'state',
  anchors: ['owner.anchor.json'],
  upstream: { kind: 'hawkbit', url: 'https://updates.example.com/DEFAULT/controller/v1/' },
  groups: [
    { name: 'test-nodes', devices: ['lab-*'], failures: 1 },
    { name: 'field', devices: ['*'], after: ['test-nodes'], failures: '10%', success: 0.9, together: 5 },
  ],
  pairs: [['pump-a', 'pump-b']],
  coap: { insecure: true },
  http: { port: 0, cert: 'cert.pem', key: 'key.pem', url: 'https://gateway.example/' },
  status: { hosts: ['gateway.example.com'] },
};

let files = 0;
const load = (document: unknown): ReturnType<typeof configLoad> => {
  const file = join(folder, `${++files}.json`);
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return configLoad(file);
};

test('a configuration is read; what it names lies beside it', (t) => {
  const config = load(whole);
  t.is(config.folder, join(folder, 'state'));
  t.is(config.secrets, join(folder, 'gateway.secrets'));
  t.deepEqual(config.upstream, {
    kind: 'hawkbit',
    url: 'https://updates.example.com/DEFAULT/controller/v1',
    confirm: false,
  });
  t.deepEqual(config.coap, { port: 5683, host: '127.0.0.1', insecure: true });
  t.is(config.http?.cert, join(folder, 'cert.pem'));
  t.is(config.http?.publicUrl, 'https://gateway.example/');
  t.deepEqual(config.status, { port: 8090, host: '127.0.0.1', hosts: ['gateway.example.com'] });
  t.is(config.plan.groups[1]?.failures, '10%');
  t.is(config.threshold, 1);
});

const wrong: readonly (readonly [name: string, document: unknown, words: RegExp])[] = [
  ['no JSON', '{', /document: not JSON/],
  ['a list', [], /document: is no object/],
  ['another version', { ...whole, version: 2 }, /version: is not 1/],
  ['a field that is not known', { ...whole, anchor: [] }, /anchor: is not known\. Known are/],
  ['no folder', { ...whole, folder: undefined }, /folder: is missing/],
  ['no anchors', { ...whole, anchors: [] }, /anchors: is empty/],
  ['a threshold above the anchors', { ...whole, threshold: 2 }, /threshold: 2 cannot be/],
  ['a threshold that is no number', { ...whole, threshold: '1' }, /threshold: "1" cannot be/],
  ['another server', { ...whole, upstream: { kind: 'mender' } }, /upstream\.kind: "mender" cannot be/],
  ['a server without URL', { ...whole, upstream: { kind: 'hawkbit' } }, /upstream\.url: is missing/],
  ['no folder to look at', { ...whole, upstream: { kind: 'folder' } }, /upstream: names no folder/],
  ['a share above all', { ...whole, groups: [{ name: 'a', success: 1.5 }] }, /groups\[0\]\.success: 1\.5/],
  [
    'failures that are no share',
    { ...whole, groups: [{ name: 'a', failures: '5' }] },
    /failures: "5" cannot/,
  ],
  ['a group without name', { ...whole, groups: [{}] }, /groups\[0\]\.name: is missing/],
  ['pairs that are no lists', { ...whole, pairs: ['a'] }, /pairs\[0\]: is no list/],
  ['a port that cannot be', { ...whole, coap: { port: 70000 } }, /coap\.port: 70000 cannot be/],
  [
    'a public URL that is none',
    { ...whole, http: { cert: 'a', key: 'b', url: 'gateway' } },
    /http\.url: "gateway" cannot be\. Give a URL such as https:\/\/gateway/,
  ],
  ['a certificate alone', { ...whole, http: { cert: 'a' } }, /http: has one of cert and key/],
  [
    'no certificate, and no word of the risk',
    { ...whole, http: { host: '0.0.0.0' } },
    /http: has no certificate.*speak in their/,
  ],
  [
    'a URL for a name',
    { ...whole, status: { hosts: ['http://a'] } },
    /status\.hosts\[0\]: "http:\/\/a" cannot/,
  ],
  ['a quota of nothing', { ...whole, quota: 0 }, /quota: 0 cannot be/],
];

for (const [name, document, words] of wrong) {
  test(`refused: ${name}`, (t) => {
    t.throws(() => load(document), { message: words });
  });
}

const hmac = { algorithm: 'hmac-256', keyId: Uint8Array.of(1), key: new Uint8Array(32).fill(3) } as const;
const open = { ...hmac, algorithm: 'ed25519' } as const;

test('devices are read as they were written; a secret key is not among them', (t) => {
  const file = join(folder, 'devices.json');
  t.deepEqual(devicesLoad(file), []);
  const entries = [
    { id: 'lamp-1', group: 'field', reportKey: reportKeyText(open) },
    { id: 'lamp-2', group: '', reportKey: SEALED_KEY },
  ];
  devicesSave(file, entries);
  const read = devicesLoad(file);
  t.deepEqual(
    read.map(({ id }) => id),
    ['lamp-1', 'lamp-2'],
  );
  t.deepEqual(
    reportKeyOfEntry(read[0]!, () => undefined),
    open,
  );
  t.deepEqual(
    reportKeyOfEntry(read[1]!, () => reportKeyText(hmac)),
    hmac,
  );
  t.is(
    reportKeyOfEntry(read[1]!, () => undefined),
    undefined,
  );
});

const badDevices: readonly (readonly [string, unknown, RegExp])[] = [
  ['a path for an id', [{ id: '../a', reportKey: SEALED_KEY }], /devices\[0\]\.id: "\.\.\/a" cannot be/],
  ['what is a path', [{ id: '..', reportKey: SEALED_KEY }], /devices\[0\]\.id: "\.\." cannot be/],
  ['33 characters', [{ id: 'a'.repeat(33), reportKey: SEALED_KEY }], /devices\[0\]\.id/],
  ['no key', [{ id: 'a' }], /devices\[0\]\.reportKey: is no report key/],
  [
    'one twice',
    [
      { id: 'a', reportKey: SEALED_KEY },
      { id: 'a', reportKey: SEALED_KEY },
    ],
    /has a twice/,
  ],
  ['no UUID', [{ id: 'a', vendor: 'acme', reportKey: SEALED_KEY }], /vendor: "acme" cannot be/],
];

for (const [name, devices, words] of badDevices) {
  test(`devices refused: ${name}`, (t) => {
    const file = join(folder, `devices-${++files}.json`);
    writeFileSync(file, JSON.stringify({ version: 1, devices }));
    t.throws(() => devicesLoad(file), { message: words });
  });
}

test('secrets are sealed: what is on the disk tells none of them, and another key opens nothing', (t) => {
  const [file, keyFile, other] = ['gateway.secrets', 'a.key', 'b.key'].map((name) => join(folder, name));
  keyFileCreate(keyFile!);
  keyFileCreate(other!);
  t.deepEqual(secretsLoad(file!, { keyFile: keyFile! }), { version: 1, devices: {} });
  const secrets = { version: 1, upstreamToken: 'token-of-the-tenant', devices: { a: {} } } as const;
  secretsSave(file!, secrets, { keyFile: keyFile! });
  t.deepEqual(secretsLoad(file!, { keyFile: keyFile! }), secrets);
  t.is(statSync(file!).mode & 0o777, 0o600);
  const bytes = readFileSync(file!);
  t.false(bytes.includes('token-of-the-tenant'));
  t.throws(() => secretsLoad(file!, { keyFile: other! }), { message: /secrets: does not open.*backup/ });
  bytes[bytes.length - 20]! ^= 1;
  writeFileSync(file!, bytes);
  t.throws(() => secretsLoad(file!, { keyFile: keyFile! }), { message: /does not open/ });
});

test('a token holds against its own hash, and against nothing else', (t) => {
  t.true(tokenHolds('a token', tokenHash('a token')));
  t.false(tokenHolds('a token', tokenHash('another')));
  t.false(tokenHolds('', undefined));
  t.false(tokenHolds('a token', ''));
  t.false(tokenHolds('a token', tokenHash('a token').slice(0, 32)));
});
