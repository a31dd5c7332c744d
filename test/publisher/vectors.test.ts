import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import {
  envelopeRead,
  isPublishedKey,
  publicKeyParse,
  signatureHolds,
  signatureInput,
} from '../../publisher/index.ts';

const root = join(import.meta.dirname, '../../../../shared/vectors/suit');
const keys = join(root, 'keys');

const envelopes = (folder: string): [string, Uint8Array][] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.hex') || name.endsWith('.suit'))
    .map((name) => {
      const bytes = readFileSync(join(root, folder, name));
      return [name, name.endsWith('.hex') ? Buffer.from(bytes.toString().replace(/\s/g, ''), 'hex') : bytes];
    });

if (!existsSync(root)) {
  test('vectors of others', (t) => t.pass(t.log('left out: ../shared/vectors is not there') as never));
} else {
  const draft = publicKeyParse(readFileSync(join(keys, 'draft_es256_public.pem'), 'utf8'), 'draft');
  for (const [name, bytes] of [...envelopes('manifest-spec-37'), ...envelopes('libcsuit')]) {
    test(`${name}: read, and its signature holds`, (t) => {
      const view = envelopeRead(bytes, name);
      t.true(view.digestHolds);
      t.true(view.signatures.length > 0);
      for (const one of view.signatures) {
        t.true(signatureHolds(draft, signatureInput(view.digest, one.protected), one.signature));
      }
    });
  }

  for (const name of readdirSync(keys)) {
    test(`${name} is known as a published key`, (t) => {
      t.true(isPublishedKey(publicKeyParse(readFileSync(join(keys, name), 'utf8'), name)));
    });
  }
}

const own = join(import.meta.dirname, '../../../test/vectors/signatures.json');

if (!existsSync(own))
  test('vectors of our own', (t) => t.pass(t.log('left out: test/vectors is not there') as never));
else {
  test('every key that signs in test/vectors is known as a published key', (t) => {
    const rows = JSON.parse(readFileSync(own, 'utf8')) as { key: string; valid: boolean; name: string }[];
    const signing = rows.filter((row) => row.valid);
    t.true(signing.length > 0);
    for (const row of signing) {
      const key = Uint8Array.from(Buffer.from(row.key, 'hex'));
      t.true(isPublishedKey({ algorithm: 'ed25519', key, keyId: key }), row.name);
    }
  });
}
