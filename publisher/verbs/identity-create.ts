import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { p256 } from '@noble/curves/nist.js';
import { keyFileCreate, keyStoreCreate, nodeIdentity } from '../../hal/node/identity/index.ts';
import type { KeyKind, StoredKey } from '../../hal/node/identity/index.ts';
import { lines } from '../answer.ts';
import { hexOf, plainBytes, sha256 } from '../bytes.ts';
import type { RecipientKind } from '../encryption/algorithms.ts';
import { deviceKeyLoad } from '../encryption/key-file.ts';
import { makeFolder, refuseExisting, writeNew } from '../files.ts';
import { reportKeyText, ReportKeyEnding } from '../report-key.ts';
import type { ReportAlgorithm, ReportKey } from '../report-key.ts';
import { hexBytes } from './occasion.ts';
import { identityTrouble, protectionDefine, protectionOf } from './protection.ts';
import { choice, several, text, texts } from './values.ts';
import type { Verb } from './verb.ts';

const IdentityEnding = '.identity';
const algorithms = ['esp256', 'ed25519', 'hmac-256', 'hmac-256-64'] as const;
const DeviceIdLength = 16;
const KeyIdLength = 8;
const SecretLength = 32;
const SecretFileMode = 0o600;

const kindOf: Readonly<Record<ReportAlgorithm, KeyKind>> = {
  esp256: 'ESP256',
  ed25519: 'Ed25519',
  'hmac-256': 'HMAC',
  'hmac-256-64': 'HMAC',
};

const deviceKind: Readonly<Record<RecipientKind, KeyKind>> = {
  a128kw: 'A128KW',
  x25519: 'X25519',
  p256: 'P-256',
};

/** The key of the device, and what verifies its reports. */
const reportPair = (algorithm: ReportAlgorithm): { stored: StoredKey; verifier: ReportKey } => {
  const kind = kindOf[algorithm];
  const secret =
    kind === 'ESP256' ? plainBytes(p256.utils.randomSecretKey()) : plainBytes(randomBytes(SecretLength));
  if (kind === 'HMAC') {
    const keyId = sha256(secret).slice(0, KeyIdLength);
    return { stored: { kind, keyId, secret }, verifier: { algorithm, keyId, key: secret } };
  }
  const any = Uint8Array.of(0);
  const into = new Uint8Array(65);
  const length = nodeIdentity({ device: any, keys: [{ kind, keyId: any, secret }] }).publicKey(any, into);
  const key = into.slice(0, length);
  const keyId = sha256(key).slice(0, KeyIdLength);
  return { stored: { kind, keyId, secret }, verifier: { algorithm, keyId, key } };
};

const deviceKey = (file: string): StoredKey => {
  const { kind, keyId, secret } = deviceKeyLoad(file);
  return { kind: deviceKind[kind], keyId, secret };
};

/** `name:hex`, as DTLS servers take them. */
const pskOf = (value: string): StoredKey => {
  const at = value.lastIndexOf(':');
  const keyId = new TextEncoder().encode(value.slice(0, Math.max(0, at)));
  return { kind: 'PSK', keyId, secret: hexBytes(value.slice(at + 1), 'psk') };
};

export const identityCreate: Verb = {
  example:
    'flipside identity create --out keys/lamp-1 --key-file keys/lamp-1.key --device-key keys/lamp.device-key.json',
  define(command) {
    command
      .option('--out <path>', `writes <path>${IdentityEnding}, and <path>${ReportKeyEnding} for who verifies`)
      .option('--algorithm <name>', `of the key for reports: ${algorithms.join(', ')}`, 'esp256')
      .option('--device <hex>', 'what reports name the device by (default: 16 random bytes)');
    several(command, '--device-key <file>', 'a key that decrypts updates, of flipside keygen; once for each');
    several(command, '--psk <name:hex>', 'a pre-shared key of DTLS; once for each');
    protectionDefine(command);
  },
  run(_, options) {
    const out = text(
      options,
      'out',
      'Give the path of the new store without its ending, such as keys/lamp-1',
    );
    const algorithm = choice(options, 'algorithm', algorithms, 'esp256');
    const protection = protectionOf(options);
    const [given] = texts(options, 'device');
    const device = given === undefined ? plainBytes(randomBytes(DeviceIdLength)) : hexBytes(given, 'device');
    const { stored, verifier } = reportPair(algorithm);
    const keys = [
      stored,
      ...texts(options, 'device-key').map(deviceKey),
      ...texts(options, 'psk').map(pskOf),
    ];
    const [file, keyFile] = [`${out}${IdentityEnding}`, `${out}${ReportKeyEnding}`];
    refuseExisting(keyFile, '--out');
    makeFolder(dirname(out), '--out');
    // One that is there opens other stores too.
    if ('keyFile' in protection && !existsSync(protection.keyFile)) {
      makeFolder(dirname(protection.keyFile), '--key-file');
      keyFileCreate(protection.keyFile);
    }
    identityTrouble(() => keyStoreCreate(file, { device, keys }, protection));
    writeNew(keyFile, reportKeyText(verifier), SecretFileMode, '--out');
    const row = {
      file,
      reportKey: keyFile,
      device: hexOf(device),
      algorithm,
      keyId: hexOf(stored.keyId),
      keys: keys.length,
    };
    return {
      rows: [row],
      text: lines([
        ['identity', `${file}   (for the device alone, with what opens it)`],
        [
          'report key',
          stored.kind === 'HMAC'
            ? `${keyFile}   (secret: who has it can make reports)`
            : `${keyFile}   (public; for flipside report verify)`,
        ],
        ['device', row.device],
        ['key id', row.keyId],
      ]),
    };
  },
};
