import test from 'ava';
import { Answer, Err, Moment, Phase, Wanted } from '../../agent/index.ts';
import type { Config } from '../../agent/index.ts';
import type { PackOptions } from '../../publisher/index.ts';
import { envelopeOf, shared, VENDOR, CLASS } from '../_envelope.ts';
import { signerNew } from '../_crypto.ts';
import { EPOCH, NOTHING, benchOpen, installConfirm, offer, offerEnvelope } from '../_bench.ts';
import type { Bench, BenchOptions } from '../_bench.ts';
import { config, firmware, release, signingKey } from '../bootloader-sim/_real.ts';
import { anchorOf, fourth, second, third } from './_envelopes.ts';

const image = firmware(2, 6000);
const other = Uint8Array.from({ length: 16 }, () => 7);
const own = config.anchors[0]!;
const three = [own, anchorOf(second), anchorOf(third)];

interface Row {
  readonly name: string;
  readonly pack?: Partial<PackOptions>;
  readonly config?: Partial<Config>;
  readonly bench?: Omit<BenchOptions, 'config'>;
  readonly sequence?: number;
  /** At the offer. */
  readonly code: number;
}

const rows: readonly Row[] = [
  { name: 'wrong vendor', pack: { vendor: other }, code: Err.WrongVendor },
  { name: 'wrong class', pack: { classId: other }, code: Err.WrongClass },
  { name: 'a device, and the board has no device id', pack: { device: other }, code: Err.WrongDevice },
  {
    name: 'another device',
    pack: { device: other },
    config: { device: new Uint8Array(16).fill(8) },
    code: Err.WrongDevice,
  },
  { name: 'this device', pack: { device: other }, config: { device: other }, code: 0 },
  { name: 'another component', pack: { component: [Uint8Array.of(1)] }, code: Err.Component },
  { name: 'sequence below the accepted', sequence: 0, code: Err.SequenceOld },
  { name: 'sequence equal to the accepted, another manifest', sequence: 1, code: Err.SequenceOld },
  { name: 'the highest sequence', sequence: Number.MAX_SAFE_INTEGER, code: 0 },
  {
    name: 'sequence as far as the board allows',
    sequence: 11,
    config: { sequenceJump: 10 },
    code: 0,
  },
  {
    name: 'sequence one further than the board allows',
    sequence: 12,
    config: { sequenceJump: 10 },
    code: Err.SequenceJump,
  },
  {
    name: 'the highest sequence, where jumps are capped',
    sequence: Number.MAX_SAFE_INTEGER,
    config: { sequenceJump: 10 },
    code: Err.SequenceJump,
  },
  {
    name: 'below the floor',
    bench: { counter: 3, factory: { securityVersion: 3 } },
    pack: { securityVersion: 2 },
    code: Err.BelowFloor,
  },
  {
    name: 'at the floor',
    bench: { counter: 3, factory: { securityVersion: 3 } },
    pack: { securityVersion: 3 },
    code: 0,
  },
  {
    name: 'plain, where payloads must be framed',
    pack: { format: 'plain' },
    config: { framedOnly: true },
    code: Err.PlainImage,
  },
  {
    name: 'integrated, where payloads must be framed',
    pack: { format: 'integrated', image: image.subarray(0, 50) },
    config: { framedOnly: true },
    code: Err.PlainImage,
  },
  { name: 'framed, where payloads must be framed', config: { framedOnly: true }, code: 0 },
  { name: 'a window larger than the board has', pack: { window: 8192 }, code: Err.WindowTooLarge },
  { name: 'a window as large as the board has', pack: { window: 8192 }, config: { window: 8192 }, code: 0 },
  { name: 'a window smaller than the board has', pack: { window: 1024 }, config: { window: 32768 }, code: 0 },
  { name: 'expired', pack: { expiry: EPOCH }, code: Err.Expired },
  { name: 'not expired', pack: { expiry: EPOCH + 1000 }, code: 0 },
  {
    name: 'expired by a clock that is not trusted',
    pack: { expiry: EPOCH },
    bench: { clock: 'untrusted' },
    code: 0,
  },
  { name: 'expired, and there is no clock', pack: { expiry: EPOCH }, bench: { clock: 'none' }, code: 0 },
  { name: 'no signature', pack: { keys: [], unsigned: true }, code: Err.NoSignature },
  { name: 'signed by a stranger', pack: { keys: [second] }, code: Err.SignatureWrong },
  {
    name: 'signed by a stranger who is named',
    pack: { keys: [second], withKeyId: true },
    code: Err.SignatureWrong,
  },
  {
    name: 'an anchor of another vendor',
    pack: { keys: [second] },
    config: { anchors: [own, anchorOf(second, { vendor: other })] },
    code: Err.AnchorScope,
  },
  {
    name: 'an anchor of another class',
    pack: { keys: [second] },
    config: { anchors: [own, anchorOf(second, { classId: other })] },
    code: Err.AnchorScope,
  },
  {
    name: 'an anchor of this vendor and class',
    pack: { keys: [second] },
    config: { anchors: [own, anchorOf(second, { vendor: config.vendor, classId: config.classId })] },
    code: 0,
  },
];

const two = { anchors: three, threshold: 2 };
const signedByTwo = { factory: { keys: [signingKey, third] } };
const thresholds: readonly Row[] = [
  { name: 'one of three, two needed', config: two, bench: signedByTwo, code: Err.TooFewSignatures },
  {
    name: 'two of three, two needed',
    config: two,
    bench: signedByTwo,
    pack: { keys: [second, third] },
    code: 0,
  },
  {
    name: 'two of three, two needed, and one by an unknown key beside them',
    config: two,
    bench: signedByTwo,
    pack: { keys: [second, fourth, third] },
    code: 0,
  },
  {
    name: 'two of three, one of them unknown',
    config: { anchors: [own, anchorOf(third)], threshold: 2 },
    bench: signedByTwo,
    pack: { keys: [second, third] },
    code: Err.TooFewSignatures,
  },
  {
    name: 'two of three, one of them out of scope',
    config: { anchors: [own, anchorOf(second, { vendor: other }), anchorOf(third)], threshold: 2 },
    bench: signedByTwo,
    pack: { keys: [second, third] },
    code: Err.AnchorScope,
  },
  {
    name: 'one key under two names, two needed',
    config: { anchors: [own, { ...own, keyId: Uint8Array.of(9) }, anchorOf(third)], threshold: 2 },
    bench: signedByTwo,
    pack: { withKeyId: true },
    code: Err.TooFewSignatures,
  },
];

for (const row of [...rows, ...thresholds]) {
  test(`${row.name}: ${row.code}`, (t) => {
    const bench = benchOpen({ ...row.bench, config: row.config ?? {} });
    t.is(bench.code, 0);
    const code = offer(bench.agent, release(image, row.sequence ?? 2, row.pack));
    t.is(code, row.code);
    if (code < 0) {
      t.deepEqual(bench.since(), NOTHING);
      t.is(bench.agent.activate(), Err.SessionFailed);
    } else t.is(bench.agent.activate(), 0);
  });
}

const signer = signerNew(-19, 'raw');
const drafted = { vendor: VENDOR, classId: CLASS };
const sequences: readonly [name: string, value: number | bigint, code: number][] = [
  ['2^64-1', 2n ** 64n - 1n, Err.SequenceRange],
  ['2^63', 2n ** 63n, Err.SequenceRange],
  ['2^53+1', 2n ** 53n + 1n, Err.SequenceRange],
  ['2^53', 2n ** 53n, Err.SequenceRange],
  ['-1', -1, Err.Manifest],
  ['0', 0, Err.SequenceOld],
  // As far as the payload, which is by URI and does not come.
  ['2^53-1', 2 ** 53 - 1, Wanted],
];

for (const [name, value, code] of sequences) {
  test(`sequence ${name}: ${code}`, (t) => {
    const bench = benchOpen({
      config: { ...drafted, anchors: [signer.anchor, own] },
      factory: drafted,
    });
    const envelope = envelopeOf({ manifest: { 2: value }, signers: [signer] });
    t.is(offerEnvelope(bench.agent, envelope), code);
    // What is taken may be begun: the old tail goes first.
    if (code < 0) t.deepEqual(bench.since(), NOTHING);
  });
}

const numbers: readonly [name: string, parameters: Record<number, unknown>, code: number][] = [
  ['minimum security version above its own', { '-260': 3, '-261': 4 }, Err.Parameter],
  ['minimum security version without one', { '-261': 1 }, Err.Parameter],
  ['minimum security version equal to its own', { '-260': 3, '-261': 3 }, Wanted],
  ['security version over 32 bits', { '-260': 2 ** 32 }, Err.Parameter],
  ['security version over 53 bits', { '-260': 2n ** 63n }, Err.SequenceRange],
  ['image of no bytes', { 14: 0 }, Err.Parameter],
  ['image of 2^31 bytes', { 14: 2 ** 31 }, Err.Parameter],
  ['image of 2^31-1 bytes', { 14: 2 ** 31 - 1 }, Err.ImageTooLarge],
  ['image of -1 bytes', { 14: -1 }, Err.Parameter],
  ['format that does not exist', { '-257': 3 }, Err.Format],
  ['framed, without root', { '-257': 1, '-259': 100 }, Err.Parameter],
  ['framed, with a root of 31 bytes', { '-257': 1, '-258': new Uint8Array(31), '-259': 100 }, Err.Parameter],
  ['framed, without payload size', { '-257': 1, '-258': new Uint8Array(32) }, Err.Parameter],
  ['plain, with a root', { '-258': new Uint8Array(32) }, Err.Parameter],
  ['plain, with a payload size', { '-259': 3 }, Err.Parameter],
  ['parameter that does not exist', { '-300': 1 }, Err.Parameter],
  ['encryption', { 19: new Uint8Array(1) }, Err.Parameter],
];

for (const [name, parameters, code] of numbers) {
  test(`${name}: ${code}`, (t) => {
    const bench = benchOpen({ config: { ...drafted, anchors: [signer.anchor, own] }, factory: drafted });
    const envelope = envelopeOf({ shared: shared(parameters), signers: [signer] });
    t.is(offerEnvelope(bench.agent, envelope), code);
    // What is taken may be begun: the old tail goes first.
    if (code < 0) t.deepEqual(bench.since(), NOTHING);
  });
}

test('an image one byte too large for the slot is refused, and one that just fits is taken', (t) => {
  // The tail of 16 blocks takes less than one sector of 4 KiB; the last sector is its own.
  const room = 15 * 4096;
  for (const format of ['framed', 'plain'] as const) {
    const bench = benchOpen();
    t.is(offer(bench.agent, release(firmware(4, room + 1), 2, { format })), Err.ImageTooLarge);
    t.deepEqual(bench.since(), NOTHING);
    t.is(installConfirm(bench, release(firmware(4, room), 2, { format })), 0);
    t.like(bench.decision, { slot: 1, sequence: 2, imageSize: room });
  }
});

test('what runs already is refused as such', (t) => {
  const bench = benchOpen();
  const update = release(image, 2);
  t.is(installConfirm(bench, update), 0);
  bench.since();
  t.is(offer(bench.agent, update), Err.AlreadyRunning);
  t.deepEqual(bench.since(), NOTHING);
});

const words: readonly [word: number, code: number][] = [
  [Answer.Yes, 0],
  [Answer.Later, Err.Deferred],
  [Answer.No, Err.Refused],
  [17, Err.Refused],
  [NaN, Err.Refused],
];

for (const [word, code] of words) {
  test(`asked at the offer, the application answers ${word}: ${code}`, (t) => {
    const bench = benchOpen({ config: { ask: (moment) => (moment === Moment.Receive ? word : Answer.Yes) } });
    t.is(offer(bench.agent, release(image, 2)), code);
    if (code < 0) t.deepEqual(bench.since(), NOTHING);
    else t.is(bench.agent.activate(), 0);
  });

  test(`asked at activate, the application answers ${word}: ${code}`, (t) => {
    let now = word;
    const bench = benchOpen({ config: { ask: (moment) => (moment === Moment.Activate ? now : Answer.Yes) } });
    t.is(offer(bench.agent, release(image, 2)), 0);
    bench.since();
    t.is(bench.agent.activate(), code);
    if (code === 0) return;
    t.deepEqual(bench.since(), NOTHING);
    // It stays staged: asked again it may say yes.
    now = Answer.Yes;
    t.is(bench.agent.activate(), 0);
  });
}

test('a hook that throws is no yes, and no exception', (t) => {
  const fails = (): never => {
    throw new Error('hook');
  };
  const asking = benchOpen({ config: { ask: fails } });
  t.is(offer(asking.agent, release(image, 2)), Err.Refused);
  t.deepEqual(asking.since(), NOTHING);
  const starving = benchOpen();
  starving.energy = fails;
  t.is(offer(starving.agent, release(image, 2)), Err.EnergyLow);
  t.deepEqual(starving.since(), NOTHING);
});

for (const moment of [Moment.Receive, Moment.Activate]) {
  test(`cancelled by the application while it is asked, at moment ${moment}`, (t) => {
    const bench: Bench = benchOpen({
      config: {
        ask: (asked) => {
          if (asked === moment) bench.agent.cancel();
          return Answer.Yes;
        },
      },
    });
    const { agent } = bench;
    const code = offer(agent, release(image, 2));
    if (moment === Moment.Activate) {
      t.is(code, 0);
      bench.since();
      t.is(agent.activate(), Err.Cancelled);
    }
    t.is(agent.activate(), Err.BadState);
    t.like(bench.status(), { phase: Phase.Idle, code: Err.Cancelled });
    t.deepEqual(bench.since(), NOTHING);
    t.is(bench.boot(), 0);
    t.is(bench.decision.slot, 0);
  });

  test(`energy is low at moment ${moment}`, (t) => {
    const bench = benchOpen();
    let low = true;
    bench.energy = (asked) => !(low && asked === moment);
    const update = release(image, 2);
    if (moment === Moment.Receive) {
      t.is(offer(bench.agent, update), Err.EnergyLow);
      t.deepEqual(bench.since(), NOTHING);
    } else {
      t.is(offer(bench.agent, update), 0);
      bench.since();
      t.is(bench.agent.activate(), Err.EnergyLow);
      t.deepEqual(bench.since(), NOTHING);
    }
    low = false;
    if (moment === Moment.Receive) t.is(offer(bench.agent, update), 0);
    t.is(bench.agent.activate(), 0);
  });
}

test('what held at the offer is asked again at activate', (t) => {
  const update = release(image, 2, { expiry: EPOCH + 100 });
  const bench = benchOpen();
  t.is(offer(bench.agent, update), 0);
  bench.since();
  bench.seconds = EPOCH + 100;
  t.is(bench.agent.activate(), Err.Expired);
  t.deepEqual(bench.since(), NOTHING);
});

test('without consent nothing is erased; it binds to one manifest', (t) => {
  const update = release(image, 2);
  const bench = benchOpen({ config: { consent: true } });
  const { agent } = bench;
  t.is(offer(agent, update), Err.ConsentMissing);
  t.is(agent.consent(release(image, 3).manifestDigest), 0);
  t.is(offer(agent, update), Err.ConsentMissing);
  for (const wrong of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(33)]) {
    t.is(agent.consent(wrong), Err.BadArgument);
  }
  t.is(agent.consent(undefined as unknown as Uint8Array), Err.BadArgument);
  t.is(offer(agent, update), Err.ConsentMissing);
  t.deepEqual(bench.since(), NOTHING);
  // What the owner is to consent to is known although the offer was refused.
  t.deepEqual(bench.status().offeredDigest, update.manifestDigest);
  t.is(agent.consent(update.manifestDigest), 0);
  t.is(offer(agent, update), 0);
  t.is(agent.consent(release(image, 3).manifestDigest), 0);
  t.is(agent.activate(), Err.ConsentMissing);
  t.is(agent.consent(update.manifestDigest), 0);
  t.is(agent.activate(), 0);
});

test('a session stays failed, with its code, until the next offer', (t) => {
  const bench = benchOpen();
  const { agent } = bench;
  t.is(offer(agent, release(image, 0)), Err.SequenceOld);
  const byte = new Uint8Array(1);
  t.is(agent.push(byte, 0, 1), Err.SessionFailed);
  t.is(agent.poll(), Err.SessionFailed);
  t.is(agent.wanted({ offset: 0, length: 0 }), Err.SessionFailed);
  t.is(agent.activate(), Err.SessionFailed);
  t.is(bench.status().code, Err.SequenceOld);
  t.deepEqual(bench.since(), NOTHING);
  t.is(offer(agent, release(image, 2)), 0);
});
