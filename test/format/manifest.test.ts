import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Target } from '../../agent/format/manifest.ts';
import { manifestRead } from '../../agent/format/manifest.ts';
import { nodeHash, signerNew } from '../_crypto.ts';
import type { Parts, Value } from '../_envelope.ts';
import {
  CLASS,
  DEVICE,
  IMAGE_DIGEST,
  INSTALL,
  PARAMETERS,
  URI,
  VENDOR,
  cbor,
  digest,
  envelopeOf,
  map,
  sequence,
  shared,
} from '../_envelope.ts';
import type { Taken } from '../_formats.ts';
import { TARGET, take } from '../_formats.ts';

const signer = signerNew(-19, 'a');
const run = (parts: Parts, target: Target = TARGET): Taken =>
  take(envelopeOf({ ...parts, signers: [signer] }), [signer.anchor], 1, target);

const root = new Uint8Array(32).fill(9);
const framed = { [-257]: 1, [-258]: root, [-259]: 500 };
const install = (more: Record<number, Value>): Value[] => [20, map({ 21: URI, ...more }), 21, 2, 3, 15];
const bad = new Uint8Array(16);
const nest = (depth: number, inner: Value[]): Value[] =>
  depth === 0 ? inner : [32, sequence(...nest(depth - 1, inner))];
const condition = Err.Condition;

const table: [what: string, parts: Parts, code: number, target?: Partial<Target>][] = [
  ['the usual', {}, 0],
  // Elements.
  ['version 2', { manifest: { 1: 2 } }, Err.ManifestVersion],
  ['no version', { manifest: { 1: undefined } }, Err.Manifest],
  ['no sequence number', { manifest: { 2: undefined } }, Err.Manifest],
  ['no common', { manifest: { 3: undefined } }, Err.Manifest],
  ['a negative sequence number', { manifest: { 2: -1 } }, Err.Manifest],
  ['sequence number 2^53-1', { manifest: { 2: Number.MAX_SAFE_INTEGER } }, 0],
  ['sequence number 2^64-1', { manifest: { 2: 2n ** 64n - 1n } }, Err.SequenceRange],
  [
    'a reference URI, a component id, an uninstall',
    { manifest: { 4: 'a', 5: [bad], 24: sequence(33, 15) } },
    0,
  ],
  ['load', { manifest: { 8: sequence(3, 15) } }, Err.ManifestKey],
  ['install of old', { manifest: { 17: sequence(3, 15) } }, Err.ManifestKey],
  ['a huge key', { manifest: { 9007199254740991: 0 } }, Err.ManifestKey],
  ['a private key', { manifest: { [-300]: 0 } }, Err.ManifestKey],
  ['dependencies', { manifest: { 3: cbor(map({ 1: map({}), 2: [[bad]] })) } }, Err.ManifestKey],
  // Components.
  ['another component', { components: [[new Uint8Array([1])]] }, Err.Component],
  ['two components', { components: [[new Uint8Array([0])], [new Uint8Array([1])]] }, Err.Component],
  ['no component', { components: [] }, Err.Component],
  ['component index 0', { install: [12, 0, ...INSTALL] }, 0],
  ['component index true', { install: [12, true, ...INSTALL] }, 0],
  ['component index 1', { install: [12, 1, ...INSTALL] }, Err.Component],
  ['component index list', { install: [12, [0], ...INSTALL] }, Err.Component],
  // Commands.
  ['copy', { install: [22, 2] }, Err.Command],
  ['a private command', { install: [-300, 2] }, Err.Command],
  ['write', { shared: [...shared(), 18, 2] }, Err.Command],
  ['a fetch in shared', { shared: [...shared({ 21: URI }), 21, 2] }, Err.Command],
  ['a fetch in validate', { manifest: { 7: sequence(21, 2) } }, Err.Command],
  ['an invoke in install', { install: [23, 2] }, Err.Command],
  ['an invoke', { manifest: { 9: sequence(20, map({ 23: bad }), 23, 2) } }, 0],
  ['a condition in invoke does not count', { manifest: { 9: sequence(14, 15, 23, 2) } }, 0],
  ['a fetch in invoke', { manifest: { 9: sequence(21, 2) } }, Err.Command],
  ['two fetches', { install: [...INSTALL, 21, 2] }, Err.Command],
  ['a fetch in payload fetch', { manifest: { 16: sequence(20, map({ 21: URI }), 21, 2), 20: undefined } }, 0],
  ['an odd sequence', { install: [...INSTALL, 14] }, Err.Manifest],
  ['a command that is text', { install: ['a', 0] }, Err.Manifest],
  ['an argument that is text', { install: [3, 'a'] }, Err.Manifest],
  // Parameters.
  ['an unknown parameter', { shared: shared({ 19: bad }) }, Err.Parameter],
  ['fetch arguments', { shared: shared({ 25: bad }) }, Err.Parameter],
  ['an unknown private parameter', { shared: shared({ [-262]: 0 }) }, Err.Parameter],
  ['a negative parameter', { shared: shared({ [-5]: 0 }) }, Err.Parameter],
  ['a place of our own as a label', { shared: shared({ 28: 1 }) }, Err.Parameter],
  ['place 0', { shared: shared({ 0: 1 }) }, Err.Parameter],
  ['a far private parameter', { shared: shared({ [-1000000000]: 0 }) }, Err.Parameter],
  ['a short vendor', { shared: shared({ 1: bad.slice(1) }) }, Err.Parameter],
  ['a vendor that is text', { shared: shared({ 1: 'abcdefghijklmnop' }) }, Err.Parameter],
  ['a URI that is bytes', { install: install({ 21: bad }) }, Err.Parameter],
  ['a SHA-512 digest', { shared: shared({ 3: cbor([-44, root]) }) }, Err.AlgorithmUnknown],
  ['a digest not wrapped', { shared: shared({ 3: [-16, root] }) }, Err.Parameter],
  ['size 0', { shared: shared({ 14: 0 }) }, Err.Parameter],
  ['size 2^31', { shared: shared({ 14: 2 ** 31 }) }, Err.Parameter],
  ['size 2^31-1', { shared: shared({ 14: 2 ** 31 - 1 }) }, 0],
  ['strict order', { shared: shared({ 12: true }) }, 0],
  ['no strict order', { shared: shared({ 12: false }) }, Err.Parameter],
  ['soft failure in a section', { install: [20, map({ 13: true }), ...INSTALL] }, Err.Parameter],
  ['invoke arguments in install', { install: install({ 23: bad }) }, Err.Parameter],
  ['priority', { install: install({ 27: 4 }) }, 0],
  // What is installed.
  ['no install', { manifest: { 20: undefined } }, Err.NothingToInstall],
  ['no URI', { install: [21, 2, 3, 15] }, Err.NothingToInstall],
  ['an empty URI', { install: install({ 21: '' }) }, Err.NothingToInstall],
  [
    'no size',
    { shared: [20, map({ 1: VENDOR, 2: CLASS, 3: PARAMETERS[3] }), 1, 15, 2, 15] },
    Err.NothingToInstall,
  ],
  ['no digest', { shared: [20, map({ 1: VENDOR, 2: CLASS, 14: 3 }), 1, 15, 2, 15] }, Err.NothingToInstall],
  ['no image match', { install: INSTALL.slice(0, 4), manifest: { 7: undefined } }, Err.CheckMissing],
  ['image match in validate only', { install: INSTALL.slice(0, 4) }, 0],
  ['image match in install only', { manifest: { 7: undefined } }, 0],
  [
    'image match of another digest',
    { install: [...INSTALL, 20, map({ 3: cbor([-16, root]) }), 3, 15] },
    condition,
  ],
  ['image match before the fetch', { install: [3, 15, ...INSTALL] }, condition],
  ['framed', { shared: shared(framed) }, 0],
  ['framed without root', { shared: shared({ [-257]: 1, [-259]: 500 }) }, Err.Parameter],
  ['framed, root only', { shared: shared({ [-257]: 1, [-258]: root }) }, Err.Parameter],
  ['a root without format', { shared: shared({ [-258]: root }) }, Err.Parameter],
  ['a payload size without format', { shared: shared({ [-259]: 3 }) }, Err.Parameter],
  ['an unknown format', { shared: shared({ ...framed, [-257]: 3 }) }, Err.Format],
  ['a patch for whatever runs', { shared: shared({ ...framed, [-257]: 2 }) }, Err.CheckMissing],
  ['a first piece of no patch', { shared: shared({ ...framed, [-264]: 1 }) }, Err.Parameter],
  ['format 0', { shared: shared({ [-257]: 0 }) }, Err.Format],
  ['security version', { shared: shared({ [-260]: 5, [-261]: 5 }) }, 0],
  ['a minimum above it', { shared: shared({ [-260]: 5, [-261]: 6 }) }, Err.Parameter],
  ['a security version of 2^32', { shared: shared({ [-260]: 2 ** 32 }) }, Err.Parameter],
  // Conditions.
  ['another vendor', {}, Err.WrongVendor, { vendor: bad }],
  ['another class', {}, Err.WrongClass, { classId: bad }],
  ['vendor not checked', { shared: [20, map(PARAMETERS), 2, 15] }, Err.CheckMissing],
  ['class not checked', { shared: [20, map(PARAMETERS), 1, 15] }, Err.CheckMissing],
  [
    'checked after the fetch',
    { shared: [20, map(PARAMETERS)], install: [...INSTALL, 1, 15, 2, 15] },
    Err.CheckMissing,
  ],
  ['vendor not given', { shared: [1, 15] }, Err.WrongVendor],
  ['our device', { install: [20, map({ 24: DEVICE }), 24, 15, ...INSTALL] }, 0],
  ['another device', { install: [20, map({ 24: bad }), 24, 15, ...INSTALL] }, Err.WrongDevice],
  [
    'a device where there is none',
    { install: [20, map({ 24: DEVICE }), 24, 15, ...INSTALL] },
    Err.WrongDevice,
    { device: undefined },
  ],
  ['abort', { install: [14, 15] }, condition],
  ['slot not given', { install: [5, 15] }, condition],
  ['use before, no clock', { install: [20, map({ 4: 100 }), 4, 15, ...INSTALL] }, 0],
  ['use before, in time', { install: [20, map({ 4: 100 }), 4, 15, ...INSTALL] }, 0, { now: 99 }],
  ['use before, late', { install: [20, map({ 4: 100 }), 4, 15, ...INSTALL] }, Err.Expired, { now: 100 }],
  ['use before, not given', { install: [4, 15, ...INSTALL] }, condition],
  // Sequences in sequences: a section is the first of four.
  ['three deep', { install: nest(3, INSTALL) }, 0],
  ['four deep', { install: nest(4, INSTALL) }, Err.Manifest],
  ['a hundred deep', { install: nest(100, INSTALL) }, Err.Manifest],
  ['try each: first', { install: [15, [sequence(...INSTALL), sequence(14, 0)]] }, 0],
  ['try each: second', { install: [15, [sequence(14, 0), sequence(...INSTALL)]] }, 0],
  ['try each: none', { install: [15, [sequence(14, 0), sequence(14, 0)], ...INSTALL] }, condition],
  ['try each: none, and nil', { install: [15, [sequence(14, 0), null], ...INSTALL] }, 0],
  ['try each: nil in between', { install: [15, [null, sequence(14, 0)], ...INSTALL] }, Err.Manifest],
  ['try each: nothing to try', { install: [15, [], ...INSTALL] }, Err.Manifest],
  ['try each: only the first runs', { install: [15, [sequence(...INSTALL), sequence(...INSTALL)]] }, 0],
  [
    'try each: a failure made hard',
    { install: [15, [sequence(20, map({ 13: false }), 14, 0), sequence(...INSTALL)]] },
    condition,
  ],
  [
    'try each: an unknown command in a branch not taken',
    { install: [15, [sequence(...INSTALL), sequence(99, 0)]] },
    Err.Command,
  ],
  [
    'try each: an unknown parameter after a failure',
    { install: [15, [sequence(14, 0, 20, map({ 19: 0 })), null], ...INSTALL] },
    Err.Parameter,
  ],
  ['run sequence', { install: [32, sequence(...INSTALL)] }, 0],
  ['run sequence: fails', { install: [32, sequence(14, 0), ...INSTALL] }, condition],
  ['run sequence: fails softly', { install: [32, sequence(20, map({ 13: true }), 14, 0), ...INSTALL] }, 0],
  [
    'run sequence: softness ends with it',
    { install: [32, sequence(20, map({ 13: true })), 14, 0, ...INSTALL] },
    condition,
  ],
  [
    'run sequence fails inside try each',
    { install: [15, [sequence(32, sequence(14, 0)), null], ...INSTALL] },
    0,
  ],
  [
    'what follows a failure does not run',
    { install: [15, [sequence(14, 0, ...INSTALL), null]] },
    Err.NothingToInstall,
  ],
];

table.forEach(([what, parts, code, target], i) =>
  test(`${i}: ${what} gives ${code}`, (t) => {
    const taken = run(parts, { ...TARGET, ...target });
    t.is(taken.authentic, 0);
    t.is(taken.code, code);
  }),
);

test('a plain manifest says what is to be installed', (t) => {
  const { manifest, uri, envelope } = run({ install: install({ 27: 4 }) });
  t.is(uri, URI);
  t.deepEqual(
    { ...manifest, manifestDigest: [...manifest.manifestDigest] },
    {
      sequence: 7,
      securityVersion: 0,
      minimumSecurityVersion: -1,
      imageSize: 3,
      imageDigest: IMAGE_DIGEST,
      firstPiece: 0,
      format: 0,
      indexRoot: new Uint8Array(32),
      payloadSize: 3,
      window: 0,
      uriFrom: manifest.uriFrom,
      uriTo: manifest.uriFrom + URI.length,
      baseless: false,
      encryptedPiece: 0,
      encryptionFrom: 0,
      encryptionTo: 0,
      integratedFrom: 0,
      integratedTo: 0,
      manifestDigest: [...envelope.manifestDigest],
      expiry: -1,
      priority: 4,
    },
  );
});

test('a framed manifest too', (t) => {
  const { manifest } = run({
    shared: shared({ ...framed, [-260]: 9, [-261]: 8 }),
    install: [20, map({ 4: 100 }), 4, 15, ...INSTALL],
  });
  t.is(manifest.format, 1);
  t.deepEqual(manifest.indexRoot, root);
  t.is(manifest.payloadSize, 500);
  t.is(manifest.imageSize, 3);
  t.is(manifest.securityVersion, 9);
  t.is(manifest.minimumSecurityVersion, 8);
  t.is(manifest.expiry, 100);
});

test('each slot gets its own', (t) => {
  const parts: Parts = {
    install: [
      15,
      [0, 1].map((slot) => sequence(20, map({ 5: slot }), 5, 15, 20, map({ 21: `file${slot}` }))),
      21,
      2,
      3,
      15,
    ],
  };
  t.is(run(parts, { ...TARGET, slot: 0 }).uri, 'file0');
  t.is(run(parts, { ...TARGET, slot: 1 }).uri, 'file1');
});

const installed = sequence(...INSTALL);
const texts = cbor(new Map([['en', new Map()]]));
const elements = (...entries: [Value, Value][]): Map<Value, Value> => new Map(entries);
const severed: [what: string, parts: Parts, code: number][] = [
  ['install severed', { manifest: { 20: digest(cbor(installed)) }, elements: elements([20, installed]) }, 0],
  ['install severed and gone', { manifest: { 20: digest(cbor(installed)) } }, Err.Severed],
  [
    'install severed, another',
    { manifest: { 20: digest(cbor(installed)) }, elements: elements([20, sequence(3, 15)]) },
    Err.Severed,
  ],
  [
    'install digested without head',
    { manifest: { 20: digest(installed) }, elements: elements([20, installed]) },
    Err.Severed,
  ],
  ['install both here and there', { elements: elements([20, installed]) }, Err.Severed],
  ['payload fetch that nobody signed', { elements: elements([16, installed]) }, Err.Severed],
  ['text severed', { manifest: { 23: digest(cbor(texts)) }, elements: elements([23, texts]) }, 0],
  ['text severed and gone', { manifest: { 23: digest(cbor(texts)) } }, 0],
  [
    'text severed, another',
    { manifest: { 23: digest(cbor(texts)) }, elements: elements([23, installed]) },
    Err.Severed,
  ],
  ['text that nobody signed', { elements: elements([23, texts]) }, Err.Severed],
  ['text in the manifest', { manifest: { 23: texts } }, 0],
  ['a severed element of an extension', { elements: elements([14, texts]) }, Err.ManifestKey],
];
for (const [what, parts, code] of severed)
  test(`${what} gives ${code}`, (t) => {
    const taken = run(parts);
    t.is(taken.authentic, 0);
    t.is(taken.code, code);
  });

const payload = new Uint8Array([1, 2, 3]);
const inside = (key: string, bytes: Uint8Array, uri = '#a'): Parts => ({
  install: install({ 21: uri }),
  elements: elements([key, bytes]),
});
for (const [what, parts, code] of [
  ['an integrated payload', inside('#a', payload), 0],
  ['another name', inside('#b', payload), Err.NothingToInstall],
  ['a longer name', inside('#a', payload, '#ab'), Err.NothingToInstall],
  ['one byte short', inside('#a', payload.slice(1)), Err.PayloadTooShort],
  ['one byte long', inside('#a', new Uint8Array(4)), Err.PayloadTooLong],
  ['other bytes', inside('#a', new Uint8Array(3)), Err.ImageDigest],
] as [string, Parts, number][])
  test(`${what} gives ${code}`, (t) => {
    t.is(run(parts).code, code);
  });

test('a record is used again without traces', (t) => {
  const first = run({ shared: shared({ ...framed, [-260]: 9 }), install: install({ 27: 1 }) });
  const second = run({});
  t.is(manifestRead(first.manifest, second.envelope, TARGET, nodeHash()), 0);
  t.deepEqual(first.manifest, second.manifest);
});
