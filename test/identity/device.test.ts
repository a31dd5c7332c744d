/** What devices run of identity, reports and statements. Needs no Node, and runs on XS too. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { openFreeze } from '../../agent/freeze.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import { deviceIdentity, openReporter, REPORT_MAX } from '../../hal/identity/index.ts';
import { hkdf, hmacBegin, hmacFinish, hmacNew, hmacUpdate } from '../../hal/identity/hmac.ts';
import { nobleSigning } from '../../hal/noble/signing.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import { scriptSha256 } from '../../hal/sha256.ts';
import { MESSAGES } from './_messages.ts';
import { HKDF, HMAC } from './_vectors.ts';

const bytesOf = (hex: string): Uint8Array => {
  const made = new Uint8Array(hex.length / 2);
  for (let i = 0; i < made.length; i++) made[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return made;
};
const ascii = (text: string): Uint8Array => {
  const made = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) made[i] = text.charCodeAt(i);
  return made;
};
const count = (from: number, length: number): Uint8Array => {
  const made = new Uint8Array(length);
  for (let i = 0; i < length; i++) made[i] = from + i;
  return made;
};

for (const { name, key, data, mac } of HMAC) {
  test(`HMAC, ${name}`, (t) => {
    const hmac = hmacNew(scriptSha256());
    hmacBegin(hmac, key);
    hmacUpdate(hmac, data, 0, data.length);
    hmacFinish(hmac);
    t.deepEqual(hmac.digest, mac);
    t.true(hmac.pad.every((byte) => byte === 0));
  });
}

for (const { name, secret, salt, info, out } of HKDF) {
  test(`HKDF, ${name}`, (t) => {
    const into = new Uint8Array(out.length);
    hkdf(hmacNew(scriptSha256()), secret, salt, info, into);
    t.deepEqual(into, out);
  });
}

test('a report by HMAC, to the byte', (t) => {
  const identity = deviceIdentity({
    hash: scriptSha256(),
    secrets: [{ keyId: ascii('HMAC 1'), kind: 'HMAC', secret: new Uint8Array(32).fill(7) }],
  });
  const status = statusNew();
  status.running = 0;
  status.sequence = status.accepted = 7;
  status.securityVersion = 3;
  status.floor = 2;
  status.digest.fill(0x77);
  const report = reportNew();
  report.event = 4;
  report.code = Err.CheckFailed;
  report.from = 6;
  report.to = 7;
  report.attempts = 2;
  report.boots = 3;
  report.slot = 1;
  report.cause = 5;
  report.detail = 9;
  report.digest.fill(0x66);
  report.check.set(ascii('mqtt connects'));
  const reporter = openReporter({
    identity,
    algorithm: 5,
    keyId: ascii('HMAC 1'),
    device: count(0xd0, 16),
    counter: { next: () => 41 },
  });
  const into = new Uint8Array(REPORT_MAX);
  const length = reporter.write(into, { status, report });
  t.deepEqual(into.subarray(0, length), bytesOf(MESSAGES.report));
});

test('a statement, judged over noble', (t) => {
  const anchors = [{ keyId: ascii('release'), algorithm: -19, key: bytesOf(MESSAGES.publicKey) }];
  const config = { vendor: new Uint8Array(16).fill(0x11), classId: new Uint8Array(16).fill(0x22), anchors };
  const clock = { now: () => 1_800_000_060, trusted: () => true };
  const freeze = openFreeze({ crypto: nobleCrypto(), clock }, config);
  const statement = bytesOf(MESSAGES.statement);
  const digest = new Uint8Array(32).fill(0xd1);
  const judge = (sequence: number): number => freeze.judge(statement, 0, statement.length, sequence, digest);
  t.is(judge(7), 0);
  t.is(judge(6), Err.SourceWithholds);
  t.is(freeze.ask(count(0, 16)), 0);
  t.is(judge(7), 0);
  statement[statement.length - 1]! ^= 1;
  t.is(judge(7), Err.SignatureWrong);
});

test('noble signs for it', (t) => {
  const secret = new Uint8Array(32).fill(7);
  const signing = nobleSigning([{ kind: 'Ed25519', keyId: ascii('k'), secret }]);
  const identity = deviceIdentity({ hash: scriptSha256(), secrets: [], signing });
  const key = new Uint8Array(32);
  t.is(identity.publicKey(ascii('k'), key), 32);
  t.deepEqual(key, bytesOf(MESSAGES.publicKey));
  const signature = new Uint8Array(64);
  t.is(identity.sign(-19, ascii('k'), ascii('message'), signature), 64);
  t.true(nobleCrypto().verify(-19, key, ascii('message'), signature));
});
