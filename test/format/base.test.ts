/** Manifests that depend on the image that runs: which alternative is taken, and what a patch must say. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import {
  BASE_ASKED,
  BASE_KNOWN,
  BASE_NONE,
  BASE_NOT_ASKED,
  BASE_UNKNOWN,
} from '../../agent/format/labels.ts';
import type { Target } from '../../agent/format/manifest.ts';
import { signerNew } from '../_crypto.ts';
import type { Parts } from '../_envelope.ts';
import { INSTALL, envelopeOf, map, sequence } from '../_envelope.ts';
import type { Taken } from '../_formats.ts';
import { TARGET, take } from '../_formats.ts';

const signer = signerNew(-19, 'a');
const run = (parts: Parts, target: Target = TARGET): Taken =>
  take(envelopeOf({ ...parts, signers: [signer] }), [signer.anchor], 1, target);

const root = new Uint8Array(32).fill(9);
const base = new Uint8Array(32).fill(7);
const patch = { 21: 'patch', [-257]: 2, [-258]: root, [-259]: 100, [-264]: 50 };
const byBase: Parts = {
  install: [
    15,
    [sequence(20, map({ [-263]: base }), -263, 15, 20, map(patch)), sequence(20, map({ 21: 'whole' }))],
    21,
    2,
    3,
    15,
  ],
};
for (const [what, known, digest, uri] of [
  ['the base', BASE_KNOWN, base, 'patch'],
  ['another image', BASE_KNOWN, root, 'whole'],
  ['nobody knows what', BASE_NONE, undefined, 'whole'],
  ['not asked what', BASE_NOT_ASKED, undefined, 'patch'],
  ['not told what', undefined, undefined, 'patch'],
] as const)
  test(`where ${what} runs: ${uri}`, (t) => {
    const taken = run(byBase, { ...TARGET, base: known, baseDigest: digest });
    t.is(taken.code, 0);
    t.is(taken.uri, uri);
    t.is(taken.manifest.format, uri === 'patch' ? 2 : 0);
    t.is(taken.manifest.firstPiece, uri === 'patch' ? 50 : 0);
  });

test('a manifest that depends on what runs asks for it', (t) => {
  const target = { ...TARGET, base: BASE_UNKNOWN };
  run({}, target);
  t.is(target.base, BASE_UNKNOWN);
  run(byBase, target);
  t.is(target.base, BASE_ASKED);
});

for (const [what, known, uri, left] of [
  ['nobody asked yet', BASE_UNKNOWN, 'patch', BASE_UNKNOWN],
  ['some image', BASE_KNOWN, 'patch', BASE_KNOWN],
  ['what takes no patches', BASE_NONE, 'whole', BASE_NONE],
  ['not asked what', BASE_NOT_ASKED, 'patch', BASE_NOT_ASKED],
] as const)
  test(`without a base, where ${what} runs: ${uri}`, (t) => {
    const target = { ...TARGET, base: known as number, baseDigest: base };
    const taken = run(
      {
        install: [
          15,
          [
            sequence(20, map({ [-263]: new Uint8Array(32) }), -263, 15, 20, map(patch)),
            sequence(20, map({ 21: 'whole' })),
          ],
          ...INSTALL.slice(2),
        ],
      },
      target,
    );
    t.is(taken.code, 0);
    t.is(taken.uri, uri);
    t.is(taken.manifest.baseless, uri === 'patch');
    t.is(target.base, left);
  });

for (const [what, more, code] of [
  ['no first piece', { [-264]: undefined }, Err.Parameter],
  ['an empty first piece', { [-264]: 0 }, Err.Parameter],
  ['a first piece longer than the patch', { [-264]: 101 }, Err.Parameter],
  ['a window', { [-262]: 4096 }, Err.Parameter],
  ['no root', { [-258]: undefined }, Err.Parameter],
  ['no payload size', { [-259]: undefined }, Err.Parameter],
] as const)
  test(`a patch with ${what} gives ${code}`, (t) => {
    const rows = Object.entries({ ...patch, ...more }).filter(([, value]) => value !== undefined);
    const taken = run(
      {
        install: [
          20,
          map({ [-263]: base }),
          -263,
          15,
          20,
          map(Object.fromEntries(rows)),
          ...INSTALL.slice(2),
        ],
      },
      { ...TARGET, base: BASE_KNOWN, baseDigest: base },
    );
    t.is(taken.code, code);
  });
