/** What was written once is written the same and read the same: reports, statements, key stores. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openFreeze } from '../../agent/freeze.ts';
import { keyStoreOpen, nodeCrypto } from '../../hal/node/index.ts';
import { reportVerify } from '../../publisher/index.ts';
import type { ReportAlgorithm } from '../../publisher/index.ts';
import { DEVICE, everyKey, id } from '../identity/_identities.ts';
import { MESSAGES } from '../identity/_messages.ts';
import { reportKeyOf } from '../identity/_reports.ts';
import { identityRows } from './_identity-rows.ts';
import type { IdentityRows } from './_identity-rows.ts';

interface Vectors extends IdentityRows {
  readonly stores: Readonly<Record<'passphrase' | 'byPassphrase' | 'keyFile' | 'byKeyFile', string>>;
}

const vectors = JSON.parse(readFileSync('test/vectors/identity.json', 'utf8')) as Vectors;
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

test('reports and statements come out as they were committed', (t) => {
  const { stores, ...rows } = vectors;
  t.deepEqual(identityRows(), rows);
  t.is(Object.keys(stores).length, 4);
});

test('what engines without files are given are these messages', (t) => {
  t.is(MESSAGES.publicKey, vectors.publicKey);
  t.is(MESSAGES.report, vectors.reports['hmac-256: reverted'] ?? '');
  t.is(MESSAGES.statement, vectors.statements['both'] ?? '');
});

test('each report holds under its key', (t) => {
  for (const [name, hex] of Object.entries(vectors.reports)) {
    const key = reportKeyOf(name.split(':')[0] as ReportAlgorithm);
    t.is(reportVerify(bytesOf(hex), key, { device: DEVICE, after: 40 }).counter, 41, name);
  }
});

test('each statement is fresh a minute later', (t) => {
  const ids = { vendor: new Uint8Array(16).fill(0x11), classId: new Uint8Array(16).fill(0x22) };
  const anchors = [{ keyId: id('release'), algorithm: -19, key: bytesOf(vectors.publicKey) }];
  const clock = { now: () => 1_800_000_060, trusted: () => true };
  for (const [name, hex] of Object.entries(vectors.statements)) {
    const freeze = openFreeze({ crypto: nodeCrypto(), clock }, { ...ids, anchors });
    if (name !== 'until a time') freeze.ask(Uint8Array.from({ length: 16 }, (_, i) => i));
    const bytes = bytesOf(hex);
    t.is(freeze.judge(bytes, 0, bytes.length, 7, new Uint8Array(32).fill(0xd1)), 0, name);
  }
});

test('each key store opens', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-vectors-'));
  const put = (name: string, hex: string): string => {
    writeFileSync(join(folder, name), bytesOf(hex), { mode: 0o600 });
    return join(folder, name);
  };
  const { passphrase, byPassphrase, keyFile, byKeyFile } = vectors.stores;
  const content = { device: DEVICE, keys: everyKey() };
  t.deepEqual(keyStoreOpen(put('first', byPassphrase), { passphrase }), content);
  t.deepEqual(keyStoreOpen(put('second', byKeyFile), { keyFile: put('key', keyFile) }), content);
});
