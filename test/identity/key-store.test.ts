import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { contentRead, contentTrouble, contentWrite } from '../../hal/node/identity/content.ts';
import {
  IdentityError,
  keyFileCreate,
  keyStoreCreate,
  keyStoreOpen,
  keyStoreSave,
  nodeIdentity,
  openLedgerFile,
} from '../../hal/node/index.ts';
import type { KeyStoreContent, Protection, StoredKey } from '../../hal/node/index.ts';
import { DEVICE, everyKey, id, KINDS, secretOf } from './_identities.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-key-store-'));
let count = 0;
const fresh = (): string => join(work, `${(count += 1)}`);
const content: KeyStoreContent = { device: DEVICE, keys: everyKey() };
/** The cheapest that is taken. */
const byPassphrase: Protection = { passphrase: 'correct horse', cost: 10 };
const newKeyFile = (): string => {
  const file = fresh();
  keyFileCreate(file);
  return file;
};
const byKeyFile: Protection = { keyFile: newKeyFile() };

for (const [name, protection] of [
  ['passphrase', byPassphrase],
  ['key file', byKeyFile],
] as const) {
  test(`what is kept comes back, by ${name}; nothing of it stands in the file`, (t) => {
    const file = fresh();
    keyStoreCreate(file, content, protection);
    t.is(statSync(file).mode & 0o777, 0o600);
    const bytes = readFileSync(file);
    t.is(bytes.subarray(0, 4).toString('latin1'), 'FXK1');
    t.is(bytes[4], name === 'passphrase' ? 1 : 2);
    t.is(bytes.length, 36 + contentWrite(content).length + 16);
    for (const part of [new Uint8Array(8).fill(7), DEVICE, id('PSK 1')])
      t.false(bytes.includes(Buffer.from(part)));
    t.deepEqual(keyStoreOpen(file, protection), content);
    t.is(nodeIdentity(keyStoreOpen(file, protection)).mac(5, id('HMAC 1'), DEVICE, new Uint8Array(32)), 32);
    // The same content again: other salt, other nonce, other bytes throughout.
    const again = fresh();
    keyStoreCreate(again, content, protection);
    const other = readFileSync(again);
    const alike = bytes.subarray(8).filter((byte, at) => byte === other[8 + at]).length;
    t.true(alike < bytes.length / 8);
  });

  test(`a bit anywhere in the file, or a byte more or less, and it does not open, by ${name}`, (t) => {
    const file = fresh();
    const small = { device: DEVICE, keys: [secretOf('HMAC')] };
    keyStoreCreate(file, small, protection);
    const good = readFileSync(file);
    const refused = (bytes: Uint8Array, what: string): void => {
      writeFileSync(file, bytes);
      t.throws(() => keyStoreOpen(file, protection), { instanceOf: IdentityError }, what);
    };
    for (let at = 0; at < good.length; at++) {
      // The cost of scrypt may be raised by an attacker to no more than its cap.
      if (at === 5 && name === 'passphrase') continue;
      const changed = Buffer.from(good);
      changed[at]! ^= 1 << (at & 7);
      refused(changed, `byte ${at}`);
    }
    refused(good.subarray(0, good.length - 1), 'cut');
    refused(Buffer.concat([good, Buffer.of(0)]), 'longer');
    refused(Buffer.alloc(0), 'empty');
    refused(Buffer.alloc(40_000), 'too long');
    for (const cost of name === 'passphrase' ? [0, 9, 21, 255] : [1, 10]) {
      const changed = Buffer.from(good);
      changed[5] = cost;
      refused(changed, `cost ${cost}`);
    }
    writeFileSync(file, good);
    t.deepEqual(keyStoreOpen(file, protection), small);
  });
}

test('another passphrase, another key file, and one for the other do not open it', (t) => {
  const [first, second] = [fresh(), fresh()];
  keyStoreCreate(first, content, byPassphrase);
  keyStoreCreate(second, content, byKeyFile);
  const tries: readonly (readonly [string, Protection])[] = [
    [first, { passphrase: 'correct horsf' }],
    [first, { passphrase: '' }],
    [first, byKeyFile],
    [second, byPassphrase],
    [second, { keyFile: newKeyFile() }],
  ];
  for (const [file, protection] of tries) {
    const error = t.throws(() => keyStoreOpen(file, protection), { instanceOf: IdentityError });
    t.false(error?.message.includes('horsf'));
  }
  // Two ways to write one letter are one passphrase.
  const file = fresh();
  keyStoreCreate(file, content, { passphrase: 'caf\u00e9', cost: 10 });
  t.deepEqual(keyStoreOpen(file, { passphrase: 'cafe\u0301' }), content);
});

const looseModes = [0o604, 0o640, 0o660, 0o644, 0o601];

test('a key file that others may use is refused, and so is one that is none', (t) => {
  const file = fresh();
  keyStoreCreate(file, content, byKeyFile);
  const { keyFile } = byKeyFile as { keyFile: string };
  t.is(statSync(keyFile).mode & 0o777, 0o600);
  const own = newKeyFile();
  writeFileSync(own, readFileSync(keyFile));
  t.deepEqual(keyStoreOpen(file, { keyFile: own }), content);
  for (const mode of looseModes) {
    chmodSync(own, mode);
    const error = t.throws(() => keyStoreOpen(file, { keyFile: own }), { instanceOf: IdentityError });
    t.regex(error!.message, new RegExp(`mode ${mode.toString(8)}`));
    t.throws(() => keyStoreCreate(fresh(), content, { keyFile: own }), { instanceOf: IdentityError });
  }
  chmodSync(own, 0o400);
  t.deepEqual(keyStoreOpen(file, { keyFile: own }), content);
  for (const length of [0, 31, 33]) {
    const bad = fresh();
    writeFileSync(bad, new Uint8Array(length), { mode: 0o600 });
    t.throws(() => keyStoreOpen(file, { keyFile: bad }), { instanceOf: IdentityError });
  }
  t.throws(() => keyStoreOpen(file, { keyFile: work }));
  t.throws(() => keyFileCreate(keyFile));
});

test('a store is never replaced by a new one; a part that a cut left is, and none stays', (t) => {
  const file = fresh();
  keyStoreCreate(file, content, byPassphrase);
  const before = readFileSync(file);
  t.throws(() => keyStoreCreate(file, content, byPassphrase), { instanceOf: IdentityError });
  t.deepEqual(readFileSync(file), before);
  writeFileSync(`${file}.part`, 'half', { mode: 0o644 });
  const less = { device: DEVICE, keys: [secretOf('PSK')] };
  keyStoreSave(file, less, byKeyFile);
  t.deepEqual(keyStoreOpen(file, byKeyFile), less);
  t.is(statSync(file).mode & 0o777, 0o600);
  t.false(existsSync(`${file}.part`));
});

const wrongKeys: readonly (readonly [string, StoredKey])[] = [
  ...KINDS.map((kind): [string, StoredKey] => [
    `${kind}: no secret`,
    { ...secretOf(kind), secret: new Uint8Array(0) },
  ]),
  ...KINDS.map((kind): [string, StoredKey] => [
    `${kind}: too long a secret`,
    { ...secretOf(kind), secret: new Uint8Array(65) },
  ]),
  ['no id', { ...secretOf('HMAC'), keyId: new Uint8Array(0) }],
  ['a long id', { ...secretOf('HMAC'), keyId: new Uint8Array(33) }],
  ['OSCORE without ids', { ...secretOf('OSCORE'), oscore: undefined }],
  ['OSCORE ids with another kind', { ...secretOf('HMAC'), oscore: secretOf('OSCORE').oscore }],
  [
    'one OSCORE id for both',
    { ...secretOf('OSCORE'), oscore: { ...secretOf('OSCORE').oscore!, senderId: Uint8Array.of(1) } },
  ],
  [
    'a long OSCORE id',
    { ...secretOf('OSCORE'), oscore: { ...secretOf('OSCORE').oscore!, senderId: new Uint8Array(8) } },
  ],
  ['a kind that is none', { ...secretOf('HMAC'), kind: 'RSA' as 'HMAC' }],
];

test('what is no key is not written', (t) => {
  for (const [what, key] of wrongKeys) {
    const file = fresh();
    const wrong = { device: DEVICE, keys: [key] };
    t.not(contentTrouble(wrong), undefined, what);
    t.throws(() => keyStoreCreate(file, wrong, byPassphrase), { instanceOf: IdentityError }, what);
    t.false(existsSync(file), what);
  }
  const two = { device: DEVICE, keys: [secretOf('HMAC'), secretOf('HMAC', 8)] };
  t.regex(contentTrouble(two)!, /id and kind/);
  t.regex(contentTrouble({ device: new Uint8Array(0), keys: [] })!, /device/);
  const many = Array.from({ length: 65 }, (_, i) => ({ ...secretOf('HMAC'), keyId: Uint8Array.of(i) }));
  t.regex(contentTrouble({ device: DEVICE, keys: many })!, /64/);
});

test('any content comes back; any bytes are read or not, and nothing is thrown', (t) => {
  const bytes = (least: number, most: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: least, maxLength: most });
  const keys = fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('HMAC' as const, 'HKDF' as const),
      keyId: bytes(1, 32),
      secret: bytes(16, 64),
    }),
    { maxLength: 10, selector: ({ kind, keyId }) => `${kind} ${keyId.join()}` },
  );
  fc.assert(
    fc.property(bytes(1, 32), keys, (device, all) => {
      t.deepEqual(contentRead(contentWrite({ device, keys: all })), { device, keys: all });
    }),
    { numRuns: 50 },
  );
  const good = contentWrite(content);
  for (let at = 0; at < good.length; at++) {
    t.is(contentRead(good.subarray(0, at)), undefined, `cut at ${at}`);
    const changed = good.slice();
    changed[at]! ^= 0x20;
    const read = contentRead(changed);
    if (read) t.is(contentTrouble(read), undefined);
  }
  t.is(contentRead(Uint8Array.of(...good, 0)), undefined);
  fc.assert(fc.property(bytes(0, 80), (any) => void contentRead(any)));
});

/** Writes stores of A and B in turn until it is killed. */
const WRITER = `
const [module, file, keyFile] = process.argv.slice(1);
const { keyStoreSave } = await import(module);
const of = (byte) => ({ device: Uint8Array.of(byte), keys: Array.from({ length: 60 }, (_, i) => (
  { kind: 'HMAC', keyId: Uint8Array.of(i), secret: new Uint8Array(64).fill(byte) })) });
for (let i = 0; ; i++) { keyStoreSave(file, of(1 + i % 2), { keyFile }); if (i === 3) console.log('writes'); }
`;

const HAL = new URL('../../hal/node/index.js', import.meta.url).href;

test('a writer that is killed leaves the old store or the new one', async (t) => {
  const file = fresh();
  const { keyFile } = byKeyFile as { keyFile: string };
  const found = new Set<number>();
  for (let round = 0; round < 6; round++) {
    const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, HAL, file, keyFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(writer.stdout, 'data');
    writer.kill('SIGKILL');
    await once(writer, 'close');
    const { device, keys } = keyStoreOpen(file, byKeyFile);
    t.is(keys.length, 60);
    t.true(keys.every(({ secret }) => secret.every((byte) => byte === device[0])));
    found.add(device[0]!);
  }
  t.true(found.size >= 1);
});

test('the ledger in a file: numbers rise over processes, statements stay', (t) => {
  const file = fresh();
  let last = 0;
  for (let run = 1; run <= 5; run++) {
    const ledger = openLedgerFile(file);
    const seen = { sequence: 0, issued: 0 };
    ledger.seen(seen);
    t.deepEqual(seen, run === 1 ? { sequence: 0, issued: 0 } : { sequence: run - 1, issued: 10 * (run - 1) });
    for (let i = 0; i < 100; i++) {
      const number = ledger.next();
      t.true(number > last);
      last = number;
    }
    t.is(ledger.keep(run, 10 * run), 0);
    t.is(ledger.keep(-1, 0), Err.BadArgument);
  }
  t.is(statSync(file).mode & 0o777, 0o600);
});

test('an altered ledger is refused, and does not begin anew', (t) => {
  const file = fresh();
  openLedgerFile(file).next();
  const good = readFileSync(file);
  t.is(good.length, 32);
  for (let at = 0; at < good.length; at++) {
    const changed = Buffer.from(good);
    changed[at]! ^= 1;
    writeFileSync(file, changed);
    t.throws(() => openLedgerFile(file), { instanceOf: IdentityError }, `byte ${at}`);
  }
  writeFileSync(file, '');
  t.throws(() => openLedgerFile(file), { instanceOf: IdentityError });
});

test('a ledger whose folder takes nothing more gives no number that is not on disk', (t) => {
  const ledger = openLedgerFile(join(work, 'missing', 'ledger'));
  t.is(ledger.next(), Err.LedgerFailed);
  t.is(ledger.keep(1, 1), Err.LedgerFailed);
  t.false(readdirSync(work).includes('missing'));
});
