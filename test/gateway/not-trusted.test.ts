/**
 * A gateway that is not honest, between a device and the real one. Whatever it does, the device runs what it ran or what
 * the publisher signed, its report, which passes unharmed or not at all, says which and why, and once the gateway is
 * honest again it gets the release.
 */
import test from 'ava';
import { WAKE_BOUNDS } from '../../hal/check-in/index.ts';
import type { Act } from './_evil.ts';
import { confirmed } from './_folder-scene.ts';
import {
  envelopeOr,
  forged,
  forward,
  fresh,
  HOLDS,
  inPlace,
  inPlaceBy,
  later,
  leads,
  NOW,
  offering,
  ofPayload,
  ofStatement,
  old,
  older,
  plug,
  stall,
  stated,
  trickle,
  worldNew,
} from './_not-trusted.ts';
import type { World } from './_not-trusted.ts';

const WITHHELD = /"sequence":2,.*SourceWithholds/;
const without = (name: string): RegExp => new RegExp(`"sequence":2,.*"${name}"`);

/** What it does, and what the device then says. `before` it begins the device is told all there is by an honest one. */
const ROWS: readonly (readonly [string, Act, RegExp, before?: (world: World) => Promise<void> | void])[] = [
  // Alters.
  ['the envelope cut short', { file: inPlace(envelopeOr, (real) => real.subarray(0, 40)) }, WITHHELD],
  ['the envelope emptied', { file: inPlace(envelopeOr, () => new Uint8Array(0)) }, WITHHELD],
  ['another file as the envelope', { file: inPlace(envelopeOr, () => old.payload) }, WITHHELD],
  ['5 KB as the envelope', { file: inPlace(envelopeOr, () => new Uint8Array(5000)) }, WITHHELD],
  [
    'the payload cut short',
    { file: inPlace(ofPayload, (real) => real.subarray(0, real.length >> 2)) },
    WITHHELD,
  ],
  ['the payload emptied', { file: inPlace(ofPayload, () => new Uint8Array(0)) }, WITHHELD],
  [
    'the payload of zeros',
    { file: inPlace(ofPayload, (real) => new Uint8Array(real.length)) },
    without('IndexMalformed|IndexDigest'),
  ],
  // Mixes.
  [
    'the payload of another release',
    { file: inPlace(ofPayload, () => later.payload) },
    without('IndexDigest|IndexMalformed'),
  ],
  [
    'the payload of another class',
    { file: inPlace(ofPayload, () => plug.payload) },
    without('IndexDigest|IndexMalformed'),
  ],
  ['a release of another class', forward(plug), without('WrongClass')],
  ['a release of a stranger', forward(forged), without('SignatureWrong')],
  // Replays.
  ['an older release', forward(older), without('SequenceOld')],
  ['the release that runs', forward(old), without('AlreadyRunning|SequenceOld')],
  [
    'an older statement, after a newer one was seen',
    {
      orders: (real) => ({ ...real, path: undefined }),
      file: inPlace(ofStatement, () => stated(old, HOLDS)),
    },
    without('StatementOld'),
    async ({ evil, says }) => {
      evil.act = { orders: (real) => ({ ...real, path: undefined }) };
      await says(WITHHELD);
    },
  ],
  [
    'the orders and the statement of before',
    {
      orders: (real) => ({ ...real, path: undefined }),
      file: inPlace(ofStatement, () => stated(old, HOLDS)),
    },
    without('StatementExpired'),
    ({ clock }) => void (clock.now = NOW + HOLDS + 1),
  ],
  // Withholds.
  ['the newest release is withheld', { orders: (real) => ({ ...real, path: undefined }) }, WITHHELD],
  ['its envelope is withheld', { file: inPlace(envelopeOr, () => null) }, WITHHELD],
  ['its payload is withheld', { file: inPlace(ofPayload, () => null) }, WITHHELD],
  [
    'release and statement are withheld from the first day',
    { orders: (real) => ({ ...real, path: undefined, statement: undefined }) },
    without('StatementNotJudged'),
    ({ device }) => void (device.memory.statement = undefined),
  ],
  [
    'release and statement are withheld, and time passes',
    { orders: (real) => ({ ...real, path: undefined, statement: undefined }) },
    without('StatementExpired'),
    ({ clock }) => void (clock.now = NOW + HOLDS + 1),
  ],
  [
    'the statement is said to be there, and is not',
    { orders: (real) => ({ ...real, path: undefined }), file: inPlace(ofStatement, () => null) },
    without('StatementExpired'),
    ({ clock }) => void (clock.now = NOW + HOLDS + 1),
  ],
  [
    'bits of the statement',
    {
      orders: (real) => ({ ...real, path: undefined }),
      file: inPlace(ofStatement, (real) => real.map((byte, at) => (at === 90 ? byte ^ 4 : byte))),
    },
    without('SignatureWrong|Statement|Cbor'),
  ],
  // Delays, loops.
  ['a payload that never comes', { file: inPlaceBy(ofPayload, stall) }, WITHHELD],
  ['a payload of a byte now and then', { file: inPlaceBy(ofPayload, trickle) }, WITHHELD],
  ['a payload behind a redirect without end', { file: inPlaceBy(ofPayload, leads('loop.bin')) }, WITHHELD],
  ['a payload at another host', { file: inPlaceBy(ofPayload, leads('http://example.com/x.bin')) }, WITHHELD],
  ['an envelope that never comes', { file: inPlaceBy(envelopeOr, stall) }, WITHHELD],
  [
    'orders that never come, and time passes',
    { orders: () => stall },
    without('StatementExpired'),
    ({ clock }) => void (clock.now = NOW + HOLDS + 1),
  ],
  [
    'orders of 10 MB, and time passes',
    { orders: () => new Uint8Array(10 << 20) },
    without('StatementExpired'),
    ({ clock }) => void (clock.now = NOW + HOLDS + 1),
  ],
  [
    'orders that are none, and time passes',
    { orders: () => Uint8Array.of(0xa1, 0, 9) },
    without('StatementExpired'),
    ({ clock }) => void (clock.now = NOW + HOLDS + 1),
  ],
  ['it is told to cancel, for ever', { orders: (real) => ({ ...real, cancel: true }) }, WITHHELD],
];

for (const [name, act, words, before] of ROWS)
  // One after the other: what waits for a time-out of the device is not to wait for others.
  test.serial(name, async (t) => {
    const world = await worldNew(t);
    const { evil, device, says, wake } = world;
    await says(/"sequence":2,.*"source":"fresh"/);
    // What it will say is said by nobody yet.
    t.notRegex(await world.report(), words);
    await world.released();
    await before?.(world);
    evil.act = act;
    const { boots } = device.board;
    await says(words);
    t.true(evil.fired > 0, 'it had its way');
    t.true(confirmed(device, old));
    t.is(device.board.boots, boots, 'nothing was tried');
    evil.act = offering;
    for (let wakes = 0; wakes < 60 && !confirmed(device, fresh); wakes++) {
      const woken = await wake();
      t.true(woken.wake >= WAKE_BOUNDS.least && woken.wake <= WAKE_BOUNDS.most * 1.125);
    }
    t.true(confirmed(device, fresh), 'once it is honest again');
  });
