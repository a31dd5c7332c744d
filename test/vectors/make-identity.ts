/**
 * Makes identity.json: node dist/test/vectors/make-identity.js > test/vectors/identity.json. Reports and statements come out
 * the same each time; the key stores do not, and are made once.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyFileCreate, keyStoreCreate } from '../../hal/node/index.ts';
import { everyKey, DEVICE } from '../identity/_identities.ts';
import { identityRows } from './_identity-rows.ts';

const hex = (file: string): string => readFileSync(file).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'flipside-vectors-'));
const [byPassphrase, byKeyFile, keyFile] = ['passphrase', 'by-key', 'key'].map((name) => join(folder, name));
const content = { device: DEVICE, keys: everyKey() };
keyFileCreate(keyFile!);
keyStoreCreate(byPassphrase!, content, { passphrase: 'correct horse' });
keyStoreCreate(byKeyFile!, content, { keyFile: keyFile! });
const stores = {
  passphrase: 'correct horse',
  byPassphrase: hex(byPassphrase!),
  keyFile: hex(keyFile!),
  byKeyFile: hex(byKeyFile!),
};
console.log(JSON.stringify({ ...identityRows(), stores }, null, 2));
