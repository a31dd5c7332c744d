import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Err } from '../../agent/codes.ts';
import type { Anchor } from '../../agent/format/cose.ts';
import { SIGNED_MAX, authenticate } from '../../agent/format/cose.ts';
import type { Envelope } from '../../agent/format/envelope.ts';
import { envelopeLength, envelopeNew, envelopeRead } from '../../agent/format/envelope.ts';
import type { Manifest, Target } from '../../agent/format/manifest.ts';
import { manifestNew, manifestRead } from '../../agent/format/manifest.ts';
import { nodeCrypto, nodeHash, pointOfPem } from '../_crypto.ts';
import { cbor } from '../_envelope.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors', 'suit');
const here = existsSync(folder);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function load(name: string): Uint8Array {
  if (name.endsWith('.hex')) return hex(readFileSync(join(folder, name), 'utf8').trim());
  return Uint8Array.from(readFileSync(join(folder, name)));
}

function anchorOf(name: string): Anchor {
  const key = pointOfPem(readFileSync(join(folder, 'keys', name), 'utf8'));
  return { keyId: new Uint8Array([1]), algorithm: -9, key };
}

const ARM: Target = {
  vendor: hex('fa6b4a53d5ad5fdfbe9de663e4d41ffe'),
  classId: hex('1492af1425695e48bf429b2d51f2ab45'),
  component: hex('814100'),
  slot: 0,
  now: -1,
};
const TEEP: Target = {
  vendor: hex('C0DDD5F15243566087DB4F5B0AA26C2F'),
  classId: hex('DB42F7093D8C55BAA8C5265FC5820F4E'),
  component: cbor(['TEEP-Device', 'SecureFS', hex('8D82573A926D4754935332DC29997F74'), 'ta'].map(bytes)),
  slot: 0,
  now: -1,
};

function bytes(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

interface Outcome {
  authentic: number;
  code: number;
  envelope: Envelope;
  manifest: Manifest;
  uri: string;
}

function take(input: Uint8Array, target: Target, key = 'draft_es256_public.pem'): Outcome {
  const envelope = envelopeNew();
  const manifest = manifestNew();
  let authentic = envelopeRead(envelope, input, 0, input.length);
  if (authentic === 0)
    authentic = authenticate(
      envelope,
      nodeCrypto(),
      nodeHash(),
      [anchorOf(key)],
      1,
      new Uint8Array(SIGNED_MAX),
    );
  const code = authentic === 0 ? manifestRead(manifest, envelope, target, nodeHash()) : authentic;
  const uri = Buffer.from(input.subarray(manifest.uriFrom, manifest.uriTo)).toString();
  return { authentic, code, envelope, manifest, uri };
}

const spec = 'manifest-spec-37';
const table: [name: string, target: Target, code: number][] = [
  [`${spec}/example0.signed.hex`, ARM, Err.NothingToInstall],
  [`${spec}/example1.signed.hex`, ARM, 0],
  [`${spec}/example2.signed-severed.hex`, ARM, Err.Severed],
  [`${spec}/example2.signed-with-severable.hex`, ARM, 0],
  [`${spec}/example3.signed.hex`, ARM, 0],
  [`${spec}/example4.signed.hex`, ARM, Err.ManifestKey],
  [`${spec}/example5.signed.hex`, ARM, Err.Component],
  ['libcsuit/suit_manifest_exp0.suit', ARM, Err.NothingToInstall],
  ['libcsuit/suit_manifest_expI.suit', TEEP, 0],
  ['libcsuit/suit_manifest_expU.suit', TEEP, 0],
  ['libcsuit/suit_manifest_expU2.suit', ARM, Err.ManifestKey],
  [`${spec}/example1.signed.hex`, TEEP, Err.Component],
  [`${spec}/example1.signed.hex`, { ...ARM, vendor: TEEP.vendor }, Err.WrongVendor],
  [`${spec}/example1.signed.hex`, { ...ARM, classId: TEEP.classId }, Err.WrongClass],
];

if (!here)
  test('vectors of others: left out, not present', (t) => {
    t.log(`no ${folder}`);
    t.pass();
  });
else {
  for (const [name, target, code] of table) {
    test(`${name} against ${target === ARM ? 'its' : 'this'} device gives ${code}`, (t) => {
      const input = load(name);
      const outcome = take(input, target);
      t.is(outcome.authentic, 0);
      t.is(outcome.code, code);
      t.is(envelopeLength(input, input.length), input.length);
      t.is(take(input, target, 'tam_esp256_public.pem').code, Err.SignatureWrong);
    });
  }
}
