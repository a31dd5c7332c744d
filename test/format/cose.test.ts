import test from 'ava';
import { SlowStep } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { authenticate, verifierNew } from '../../agent/format/cose.ts';
import { envelopeNew, envelopeRead } from '../../agent/format/envelope.ts';
import { PLACE_ENDS } from '../../agent/format/labels.ts';
import { hssLms } from '../../agent/format/lms.ts';
import type { Signer } from '../_crypto.ts';
import { nodeCrypto, sha256, signerNew } from '../_crypto.ts';
import type { Parts, Value } from '../_envelope.ts';
import { CLASS, Tagged, VENDOR, cbor, envelopeOf, map, sign1 } from '../_envelope.ts';
import { take } from '../_formats.ts';

const ed = signerNew(-19, 'ed');
const esp = signerNew(-9, 'esp');
const es = signerNew(-7, 'es');
const stranger = signerNew(-19, 'stranger');
const hss = signerNew(-46, 'hss');
/** The fourth is verified without the crypto port, which throws when it is asked. */
const anchors = [ed.anchor, esp.anchor, es.anchor, hss.anchor];
const empty = new Uint8Array(0);

/** A COSE_Sign1 put together from parts that may be wrong. */
function block(
  signer: Signer,
  digestArray: Uint8Array,
  header: Value,
  change: (parts: Value[]) => Value[],
): Uint8Array {
  const protectedHeader = header instanceof Uint8Array ? header : cbor(header);
  const message = cbor(['Signature1', protectedHeader, empty, digestArray]);
  return cbor(new Tagged(18, change([protectedHeader, new Map(), null, signer.sign(message)])));
}

const same = (parts: Value[]): Value[] => parts;
const one =
  (header: Value, change = same, signer = ed): Parts['blocks'] =>
  (digestArray) => [block(signer, digestArray, header, change)];
const replace =
  (at: number, value: Value) =>
  (parts: Value[]): Value[] =>
    parts.map((part, i) => (i === at ? value : part));

const cut =
  (end: number) =>
  (parts: Value[]): Value[] =>
    parts.map((part, i) => (i === 3 ? (part as Uint8Array).subarray(0, end) : part));

const table: [what: string, parts: Parts, threshold: number, code: number, signers?: number][] = [
  ['Ed25519', { signers: [ed] }, 1, 0, 1],
  ['ESP256', { signers: [esp] }, 1, 0, 2],
  ['ES256 under an ESP256 anchor', { signers: [es] }, 1, 0, 4],
  ['no key id', { signers: [es], named: false }, 1, 0, 4],
  ['without the tag', { signers: [ed], tagged: false }, 1, 0, 1],
  ['HSS/LMS', { signers: [hss] }, 1, 0, 8],
  ['HSS/LMS without key id', { signers: [hss], named: false }, 1, 0, 8],
  ['HSS/LMS beside Ed25519', { signers: [ed, hss] }, 2, 0, 9],
  ['two of two', { signers: [ed, esp] }, 2, 0, 3],
  ['three of two', { signers: [ed, esp, es] }, 2, 0, 7],
  ['one of two', { signers: [ed] }, 2, Err.TooFewSignatures],
  ['the same key twice', { signers: [ed, ed] }, 2, Err.TooFewSignatures],
  ['a stranger beside', { signers: [stranger, esp] }, 1, 0, 2],
  ['a stranger does not count', { signers: [stranger, esp] }, 2, Err.TooFewSignatures],
  ['a stranger alone', { signers: [stranger] }, 1, Err.SignatureWrong],
  ['a stranger without key id', { signers: [esp, stranger], named: false }, 1, Err.SignatureWrong],
  ['no signature', {}, 1, Err.NoSignature],
  ['five signatures', { signers: [ed, ed, ed, ed, ed] }, 1, Err.Envelope],
  [
    'a wrong signature beside a right one',
    { blocks: (d) => [sign1(ed, d), sign1({ ...stranger, keyId: esp.keyId, algorithm: -9 }, d)] },
    1,
    Err.SignatureWrong,
  ],
  ['algorithm of another anchor', { blocks: one(map({ 1: -9, 4: ed.keyId })) }, 1, Err.SignatureWrong],
  ['algorithm nobody knows', { blocks: one(map({ 1: -8 })) }, 1, Err.AlgorithmUnknown],
  ['algorithm nobody knows, by key id', { blocks: one(map({ 1: 5, 4: ed.keyId })) }, 1, Err.AlgorithmUnknown],
  [
    'unprotected header',
    { blocks: one(map({ 1: -19 }), replace(1, map({ 4: ed.keyId }))) },
    1,
    Err.Signature,
  ],
  ['attached payload', { blocks: one(map({ 1: -19 }), replace(2, empty)) }, 1, Err.Signature],
  ['payload false', { blocks: one(map({ 1: -19 }), replace(2, false)) }, 1, Err.Signature],
  ['short signature', { blocks: one(map({ 1: -19 }), replace(3, new Uint8Array(63))) }, 1, Err.Signature],
  ['long signature', { blocks: one(map({ 1: -19 }), replace(3, new Uint8Array(65))) }, 1, Err.Signature],
  ['HSS/LMS, short', { blocks: one(map({ 1: -46 }), cut(-1), hss) }, 1, Err.SignatureWrong],
  ['HSS/LMS, nothing', { blocks: one(map({ 1: -46 }), replace(3, empty), hss) }, 1, Err.SignatureWrong],
  [
    'HSS/LMS under the key of another algorithm',
    { blocks: one(map({ 1: -46, 4: ed.keyId })) },
    1,
    Err.SignatureWrong,
  ],
  ['HSS/LMS, no bytes', { blocks: one(map({ 1: -46 }), replace(3, 'text'), hss) }, 1, Err.Signature],
  ['HSS/LMS of a stranger', { signers: [{ ...hss, keyId: stranger.keyId }, ed] }, 1, 0, 1],
  ['HSS/LMS as Ed25519', { blocks: one(map({ 1: -19 }), same, hss) }, 1, Err.Signature],
  ['fifth element', { blocks: one(map({ 1: -19 }), (parts) => [...parts, 0]) }, 1, Err.Signature],
  ['other protected field', { blocks: one(map({ 1: -19, 3: 0 })) }, 1, Err.Signature],
  ['third protected field', { blocks: one(map({ 1: -19, 4: ed.keyId, 5: empty })) }, 1, Err.Signature],
  ['no algorithm', { blocks: one(map({ 4: ed.keyId })) }, 1, Err.Signature],
  [
    'header out of order',
    { blocks: one(Uint8Array.from([0xa2, 4, 0x42, 0x65, 0x64, 1, 0x32])) },
    1,
    Err.Signature,
  ],
  ['bytes after the header', { blocks: one(Uint8Array.from([0xa1, 1, 0x32, 0])) }, 1, Err.Cbor],
  ['long form in the header', { blocks: one(Uint8Array.from([0xa1, 1, 0x38, 0x12])) }, 1, Err.Cbor],
  ['a key id without end', { blocks: one(map({ 1: -19, 4: new Uint8Array(100) })) }, 1, Err.SignatureWrong],
  [
    'COSE_Mac0',
    { blocks: () => [cbor(new Tagged(17, [empty, new Map(), null, new Uint8Array(64)]))] },
    1,
    Err.Signature,
  ],
  ['no tag', { blocks: () => [cbor([empty, new Map(), null, new Uint8Array(64)])] }, 1, Err.Signature],
];

for (const [what, parts, threshold, code, signers] of table)
  test(`${what} gives ${code}`, (t) => {
    const taken = take(envelopeOf(parts), anchors, threshold);
    t.is(taken.authentic, code);
    if (signers !== undefined) t.is(taken.envelope.signers, signers);
  });

test('an anchor listed twice is one signer', (t) => {
  const twice = { ...ed.anchor, keyId: esp.keyId };
  const input = envelopeOf({ signers: [ed, { ...ed, keyId: esp.keyId }] });
  t.is(take(input, [ed.anchor, twice], 2).authentic, Err.TooFewSignatures);
  t.is(take(input, [ed.anchor, twice], 1).envelope.signers, 3);
});

test('anchors speak for what they may only', (t) => {
  const other = new Uint8Array(16);
  const input = envelopeOf({ signers: [ed, esp], named: false });
  const scoped = (vendor: Uint8Array, classId: Uint8Array): number =>
    take(input, [{ ...ed.anchor, vendor, classId }, esp.anchor], 2).code;
  t.is(scoped(VENDOR, CLASS), 0);
  t.is(scoped(other, CLASS), Err.AnchorScope);
  t.is(scoped(VENDOR, other), Err.AnchorScope);
  t.is(take(input, [{ ...ed.anchor, vendor: other }, esp.anchor], 1).code, 0);
  // The same key for two vendors: either entry will do.
  t.is(
    take(input, [{ ...ed.anchor, vendor: other }, { ...ed.anchor, vendor: VENDOR }, esp.anchor], 2).code,
    0,
  );
});

test('a threshold that is no number is never reached', (t) => {
  t.is(take(envelopeOf({ signers: [ed] }), anchors, Number.NaN).code, Err.TooFewSignatures);
});

const digests: [what: string, value: (right: Uint8Array) => Uint8Array, code: number][] = [
  ['of something else', () => cbor([-16, sha256(empty)]), Err.ManifestDigest],
  ['SHA-512', (right) => cbor([-44, right.slice(4)]), Err.AlgorithmUnknown],
  ['short', (right) => cbor([-16, right.slice(5)]), Err.Envelope],
  ['with a third element', (right) => cbor([-16, right.slice(4), 0]), Err.Envelope],
  ['with bytes after it', (right) => Uint8Array.from([...right, 0]), Err.Cbor],
];
for (const [what, value, code] of digests)
  test(`digest ${what} gives ${code}`, (t) => {
    const input = envelopeOf({ signers: [ed] });
    const right = input.slice(input.indexOf(0x82, 6) + 3, input.indexOf(0x82, 6) + 39);
    t.is(right[0], 0x82);
    const envelope = envelopeNew();
    envelopeRead(envelope, input, 0, input.length);
    const manifest = input.slice(
      envelope.places[3]! + 2 + (input[envelope.places[3]!] === 0x59 ? 1 : 0),
      envelope.places[PLACE_ENDS + 3],
    );
    const wrong = cbor(
      new Map<Value, Value>([
        [2, cbor([value(right), sign1(ed, right)])],
        [3, manifest],
      ]),
    );
    t.is(take(wrong, anchors).authentic, code);
  });

test('each signature is announced first, and nothing is verified for a wrong digest', (t) => {
  const input = envelopeOf({ signers: [ed, esp] });
  const run = (bytes: Uint8Array): [number, string] => {
    const envelope = envelopeNew();
    const crypto = nodeCrypto();
    let steps = '';
    const verify = crypto.verify.bind(crypto);
    crypto.verify = (...all) => {
      steps += 'v';
      return verify(...all);
    };
    envelopeRead(envelope, bytes, 0, bytes.length);
    const watchdog = {
      feed: () => {},
      announce: (step: number): void => {
        steps += step === SlowStep.Signature ? 'a' : '?';
      },
    };
    const code = authenticate(envelope, verifierNew(crypto, anchors, watchdog, hssLms), 1);
    return [code, steps];
  };
  t.deepEqual(run(input), [0, 'avav']);
  const changed = input.slice();
  changed[changed.length - 1]! ^= 1;
  t.deepEqual(run(changed), [Err.ManifestDigest, '']);
});
