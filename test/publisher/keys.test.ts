import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import {
  anchorLoad,
  anchorOf,
  anchorParse,
  anchorRecord,
  anchorSource,
  anchorText,
  keyGenerate,
  keyLoad,
  keyParse,
  keySave,
  pack,
  PublishError,
  signatureHolds,
} from '../../publisher/index.ts';
import type { PemAlgorithm } from '../../publisher/index.ts';
import { sampleImage, seededKey } from './_keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'flipside-keys-'));

for (const algorithm of ['ed25519', 'esp256'] as PemAlgorithm[]) {
  test(`${algorithm}: made, kept, read, signs and verifies`, async (t) => {
    const file = join(folder, `${algorithm}.pem`);
    keySave(file, keyGenerate(algorithm));
    t.is(statSync(file).mode & 0o77, 0);
    const key = keyLoad(file);
    const message = Uint8Array.of(1, 2, 3);
    const signature = key.sign(message);
    t.is(signature.length, 64);
    t.deepEqual(key.sign(message), signature);
    t.true(signatureHolds(key, message, signature));
    t.false(signatureHolds(key, Uint8Array.of(1, 2, 4), signature));
    t.throws(() => keySave(file, 'x'), { instanceOf: PublishError });

    const anchor = anchorOf(key, new Uint8Array(16).fill(1));
    t.deepEqual(anchorParse(anchorText(anchor), 'anchor.json'), anchor);
    t.deepEqual(anchorLoad(file), anchorOf(key));
    const source = anchorSource(anchor);
    const url = `data:text/javascript,${encodeURIComponent(source)}`;
    const module = (await import(url)) as { anchor: unknown };
    t.deepEqual(module.anchor, anchorRecord(anchor));
  });
}

test('RFC 6979: the nonce follows from key and message', (t) => {
  const d = Buffer.from('C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721', 'hex');
  const x = Buffer.from('60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6', 'hex');
  const y = Buffer.from('7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299', 'hex');
  const [jd, jx, jy] = [d, x, y].map((part) => part.toString('base64url')) as [string, string, string];
  const secret = createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: jd, x: jx, y: jy } });
  const key = keyParse(secret.export({ format: 'pem', type: 'pkcs8' }).toString(), 'rfc6979');
  const r = 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716';
  t.is(Buffer.from(key.sign(Buffer.from('sample')).subarray(0, 32)).toString('hex'), r);

  const image = sampleImage(100);
  const fields = { image, vendor: 'example.com', classId: 'lamp', sequence: 1, keys: [key] };
  const error = t.throws(() => pack(fields), { instanceOf: PublishError });
  t.regex(error?.message ?? '', /published test key/);
  t.notThrows(() => pack({ ...fields, allowTestKeys: true }));
});

test('keys that cannot be used are named', (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const pem = rsa.export({ format: 'pem', type: 'pkcs8' }).toString();
  const locked = rsa
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' })
    .toString();
  for (const text of [pem, locked, 'nonsense', '']) {
    const error = t.throws(() => keyParse(text, 'k.pem'), { instanceOf: PublishError });
    t.is(error?.file, 'k.pem');
    t.truthy(error?.remedy);
  }
  const missing = t.throws(() => keyLoad(join(folder, 'none.pem')), { instanceOf: PublishError });
  t.is(missing?.exit, 3);
});

test('a damaged anchor file is named by its field', (t) => {
  const anchor = anchorOf(seededKey(3));
  const changes: [string, Record<string, unknown>][] = [
    ['version', { version: 2 }],
    ['algorithm', { algorithm: 'rsa' }],
    ['algorithm', { algorithm: 'toString' }],
    ['key', { algorithm: 'hss-lms' }],
    ['key', { key: anchor.key.slice(2) }],
    ['keyId', { keyId: '0000000000000000' }],
    ['vendor', { vendor: 'zz' }],
  ];
  for (const [field, change] of changes) {
    const file = join(folder, `bad-${field}.json`);
    writeFileSync(file, JSON.stringify({ ...anchor, ...change }));
    t.is(t.throws(() => anchorLoad(file), { instanceOf: PublishError })?.field, field);
  }
});
