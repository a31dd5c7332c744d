import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Freeze } from '../../agent/freeze.ts';
import { openLedger } from '../../hal/identity/index.ts';
import { signerNew } from '../_crypto.ts';
import { CLASS, VENDOR } from '../_envelope.ts';
import { flashOf, geometries } from '../journal/_journal.ts';
import { clockAt, freezeOf, judge, NONCE, NOW, OTHER, signer, statement, stranger } from './_statements.ts';
import type { Change } from './_statements.ts';

const DAY = 86400;

interface Case {
  readonly name: string;
  readonly change?: Change;
  /** What the source offers, or what runs. */
  readonly offered?: number;
  readonly digest?: Uint8Array;
  readonly asked?: Uint8Array;
  /** -1: there is no clock. */
  readonly now?: number;
  readonly trusted?: boolean;
  readonly code: number;
}

const cases: readonly Case[] = [
  { name: 'fresh, and the latest is offered', code: 0 },
  { name: 'fresh, and something newer is offered', offered: 8, digest: OTHER, code: 0 },
  { name: 'an older one is offered', offered: 6, code: Err.SourceWithholds },
  { name: 'nothing is offered', offered: 0, digest: new Uint8Array(32), code: Err.SourceWithholds },
  { name: 'another manifest of the same number', digest: OTHER, code: Err.SourceWithholds },
  { name: 'the last second', now: NOW + DAY, code: 0 },
  { name: 'over', now: NOW + DAY + 1, code: Err.StatementExpired },
  {
    name: 'over, and withheld: no clock is needed for that',
    now: NOW + 2 * DAY,
    offered: 6,
    code: Err.SourceWithholds,
  },
  { name: 'no clock', now: -1, code: Err.StatementNotJudged },
  { name: 'a clock that nobody trusts', trusted: false, code: Err.StatementNotJudged },
  { name: 'a clock that nobody trusts, long behind', now: 5, trusted: false, code: Err.StatementNotJudged },
  { name: 'no clock, and withheld', now: -1, offered: 6, code: Err.SourceWithholds },
  { name: 'the nonce is answered', change: { 8: undefined, 9: NONCE }, asked: NONCE, code: 0 },
  { name: 'answered, without a clock', change: { 8: undefined, 9: NONCE }, asked: NONCE, now: -1, code: 0 },
  { name: 'answered, and over as well', change: { 9: NONCE }, asked: NONCE, now: NOW + 2 * DAY, code: 0 },
  {
    name: 'answered, and withheld',
    change: { 8: undefined, 9: NONCE },
    asked: NONCE,
    offered: 3,
    code: Err.SourceWithholds,
  },
  {
    name: 'another nonce is answered',
    change: { 8: undefined, 9: new Uint8Array(16).fill(9) },
    asked: NONCE,
    code: Err.StatementNonce,
  },
  {
    name: 'a shorter nonce is answered',
    change: { 9: NONCE.subarray(0, 8) },
    asked: NONCE,
    code: Err.StatementNonce,
  },
  { name: 'asked, and none is answered', asked: NONCE, code: Err.StatementNonce },
  { name: 'answers what nobody asked', change: { 8: undefined, 9: NONCE }, code: Err.StatementNonce },
  { name: 'answers what nobody asked, but has an end', change: { 9: NONCE }, code: 0 },
  {
    name: 'made in a time to come',
    change: { 7: NOW + DAY + 1, 8: NOW + 3 * DAY },
    code: Err.StatementNotJudged,
  },
  { name: 'made by a clock a little ahead', change: { 7: NOW + DAY, 8: NOW + 3 * DAY }, code: 0 },
  { name: 'for another vendor', change: { 2: new Uint8Array(16) }, code: Err.WrongVendor },
  { name: 'for another class', change: { 3: new Uint8Array(16) }, code: Err.WrongClass },
];

for (const one of cases) {
  test(one.name, (t) => {
    const clock = one.now === -1 ? undefined : clockAt(one.now ?? NOW, one.trusted ?? true);
    const freeze = freezeOf({ clock });
    if (one.asked) t.is(freeze.ask(one.asked), 0);
    t.is(judge(freeze, statement(one.change), one.offered, one.digest), one.code);
  });
}

test('a nonce is good for one answer', (t) => {
  const freeze = freezeOf({ clock: undefined });
  const answer = statement({ 8: undefined, 9: NONCE });
  t.is(freeze.ask(NONCE), 0);
  t.is(judge(freeze, answer), 0);
  t.is(judge(freeze, answer), Err.StatementNonce);
  for (const length of [0, 7, 33]) t.is(freeze.ask(new Uint8Array(length)), Err.BadArgument);
});

const seen: readonly (readonly [string, Change, Change, Uint8Array | undefined, number])[] = [
  ['the same again', {}, {}, undefined, 0],
  ['a newer one of the same release', {}, { 7: NOW }, undefined, 0],
  ['an older one of the same release', { 7: NOW }, {}, undefined, Err.StatementOld],
  ['of an older release', { 4: 8 }, {}, undefined, Err.StatementOld],
  ['of an older release, made later', { 4: 8 }, { 7: NOW }, undefined, Err.StatementOld],
  ['of an older release, as an answer', { 4: 8 }, { 7: NOW, 9: NONCE }, NONCE, Err.StatementOld],
  ['an answer by a clock that is behind', { 7: NOW }, { 7: NOW - 500, 9: NONCE }, NONCE, 0],
  [
    'of a newer release, by a clock that is behind',
    { 7: NOW },
    { 4: 9, 7: NOW - 500 },
    undefined,
    Err.SourceWithholds,
  ],
];

for (const [name, first, second, asked, code] of seen) {
  test(`after one that was seen: ${name}; after a reset, too`, (t) => {
    for (const reset of [false, true]) {
      const flash = flashOf(geometries[0]!);
      const opened = (): Freeze => freezeOf({ memory: openLedger({ partition: flash }, undefined) });
      const before = opened();
      judge(before, statement(first));
      const freeze = reset ? opened() : before;
      if (asked) freeze.ask(asked);
      t.is(judge(freeze, statement(second)), code, reset ? 'after a reset' : 'at once');
    }
  });
}

test('what does not hold is not remembered', (t) => {
  const freeze = freezeOf();
  const wrong = [
    statement({ 4: 50 }, { signer: stranger }),
    statement({ 4: 50, 2: new Uint8Array(16) }),
    statement({ 4: 50, 7: NOW + 2 * DAY, 8: NOW + 9 * DAY }),
    statement({ 4: 50, 8: undefined, 9: NONCE }),
  ];
  for (const bytes of wrong) t.true(judge(freeze, bytes) < 0);
  t.is(judge(freeze, statement()), 0);
});

test('a memory that fails: nothing is called fresh; one that throws, likewise', (t) => {
  const memory = { seen: () => undefined, keep: () => Err.LedgerFailed };
  t.is(judge(freezeOf({ memory }), statement()), Err.LedgerFailed);
  const throwing = {
    seen: () => undefined,
    keep: () => {
      throw new Error('flash');
    },
  };
  t.is(judge(freezeOf({ memory: throwing }), statement()), Err.PortFailed);
  const clock = {
    now: () => {
      throw new Error('clock');
    },
    trusted: () => true,
  };
  t.is(judge(freezeOf({ clock }), statement()), Err.PortFailed);
  t.is(judge(freezeOf({ clock: clockAt(NaN) }), statement()), Err.StatementNotJudged);
});

const esp = signerNew(-9, 'esp');
const es256 = signerNew(-7, 'es');
const hss = signerNew(-46, 'hss');

for (const [name, by] of [
  ['ESP256', esp],
  ['ES256', es256],
  ['HSS/LMS', hss],
] as const) {
  test(`signed with ${name}`, (t) => {
    t.is(judge(freezeOf({}, [signer, by]), statement({}, { signer: by })), 0);
    const changed = statement({}, { signer: by });
    changed[changed.length - 1]! ^= 1;
    t.is(judge(freezeOf({}, [signer, by]), changed), Err.SignatureWrong);
    t.is(judge(freezeOf(), statement({}, { signer: by })), Err.SignatureWrong);
  });
}

test('the scope of an anchor counts: who may not speak for vendor and class states nothing', (t) => {
  const scopes = [
    [{ vendor: VENDOR, classId: CLASS }, 0],
    [{ vendor: VENDOR }, 0],
    [{ vendor: new Uint8Array(16) }, Err.AnchorScope],
    [{ vendor: VENDOR, classId: new Uint8Array(16) }, Err.AnchorScope],
  ] as const;
  for (const [scope, code] of scopes) {
    const scoped = { ...signer, anchor: { ...signer.anchor, ...scope } };
    t.is(judge(freezeOf({}, [scoped]), statement()), code);
    // The same key once more, with the right scope: one that may is enough.
    t.is(judge(freezeOf({}, [scoped, signer]), statement()), 0);
  }
});
