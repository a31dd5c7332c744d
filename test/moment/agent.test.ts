/** The agent with a moment and a timekeeper: what they hold back, and what they never let through. */
import test from 'ava';
import {
  Answer,
  Day,
  Err,
  Expiry,
  Gate,
  Moment,
  Ok,
  Phase,
  momentOpen,
  waitingNew,
} from '../../agent/index.ts';
import type { Chooser, Config, MomentGate, Owner } from '../../agent/index.ts';
import type { Clock } from '../../hal/ports.ts';
import { Rank, timekeeperOpen } from '../../hal/time/index.ts';
import type { Timekeeper } from '../../hal/time/index.ts';
import { NOTHING, EPOCH, benchNew, benchOpen, offer } from '../_bench.ts';
import type { Bench, BenchOptions } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { DAY, HOUR, PATIENCE, memory } from './_moment.ts';

const image = firmware(2, 9000);
const update = release(image, 2);
/** EPOCH is midnight. */
const evening = { days: Day.Every, from: 20 * 60, to: 21 * 60 };
const EVENING = EPOCH + 20 * HOUR;

interface Rig {
  readonly bench: Bench;
  chooser: Chooser;
  boot(cause?: number): number;
}

const rigOpen = (owner: Partial<Owner>, options: BenchOptions = {}): Rig => {
  const bench = benchNew(options);
  const keep = memory();
  const clock: Clock = { now: () => bench.seconds, trusted: () => true };
  const rig: Rig = {
    bench,
    chooser: undefined as unknown as Chooser,
    boot(cause) {
      rig.chooser = momentOpen(clock, { patience: PATIENCE, ...owner }, keep);
      bench.config = { ...bench.config, moment: rig.chooser };
      return bench.boot(cause);
    },
  };
  rig.boot();
  bench.since();
  return rig;
};

test('held back at receive: nothing is erased; taken when the window opens; held back at activate', (t) => {
  const rig = rigOpen({ windows: [evening] });
  const { bench } = rig;
  t.is(offer(bench.agent, update), Err.OutsideWindow);
  t.deepEqual(bench.since(), NOTHING);
  t.like(bench.status(), { phase: Phase.Failed, code: Err.OutsideWindow });
  bench.seconds = EVENING;
  t.is(offer(bench.agent, update), Ok);
  bench.seconds += HOUR;
  t.is(bench.agent.activate(), Err.OutsideWindow);
  t.is(bench.status().phase, Phase.Staged);
  const waiting = waitingNew();
  rig.chooser.waiting(waiting);
  t.like(waiting, { code: Err.OutsideWindow, moment: Moment.Activate, until: EVENING + DAY, sequence: 2 });
  bench.seconds += DAY - HOUR;
  t.is(bench.agent.activate(), Ok);
  t.is(rig.boot(), 0);
  t.true(bench.decision.trial);
  t.is(bench.agent.confirm(), Ok);
  rig.chooser.waiting(waiting);
  t.like(waiting, { code: Ok, moment: 0 });
});

test('staged, reset, offered again: what is in the slot is kept, and it is asked again', (t) => {
  const rig = rigOpen({ windows: [{ ...evening, moments: Moment.Activate }] });
  const { bench } = rig;
  t.is(offer(bench.agent, update), Ok);
  t.is(bench.agent.activate(), Err.OutsideWindow);
  rig.boot();
  t.is(bench.agent.activate(), Err.BadState);
  bench.seconds = EVENING;
  t.is(offer(bench.agent, update), Ok);
  t.like(bench.status(), { blocksFetched: 0, blocksKept: 3 });
  t.is(bench.agent.activate(), Ok);
});

test('activated and reverted: the next update waits anew', (t) => {
  const rig = rigOpen({ windows: [evening] });
  const { bench } = rig;
  t.is(offer(bench.agent, update), Err.OutsideWindow);
  bench.seconds = EVENING;
  t.is(offer(bench.agent, update), Ok);
  t.is(bench.agent.activate(), Ok);
  rig.boot();
  t.is(bench.agent.reject(1), Err.Rejected);
  rig.boot();
  bench.seconds += 2 * HOUR;
  t.is(offer(bench.agent, update), Err.Reverted);
  t.is(offer(bench.agent, release(image, 3)), Err.OutsideWindow);
  const waiting = waitingNew();
  rig.chooser.waiting(waiting);
  t.like(waiting, { seconds: PATIENCE.seconds, wakes: PATIENCE.wakes });
});

test('a security update is one by the security version of what runs', (t) => {
  const security = { passes: Gate.Window };
  for (const [runs, code] of [
    [1, Ok],
    [2, Err.OutsideWindow],
  ] as const) {
    const rig = rigOpen({ windows: [evening], security }, { factory: { securityVersion: runs } });
    t.is(offer(rig.bench.agent, release(image, 2, { securityVersion: 2 })), code);
  }
});

/** Counts how often it is asked, and says yes. */
const counting = (): MomentGate & { asked: number } => ({
  asked: 0,
  ask() {
    this.asked++;
    return Ok;
  },
  activated() {},
});

// what, options of the board, of the release, code
const refused: readonly (readonly [string, Partial<Config>, Parameters<typeof release>[2], number])[] = [
  ['expired', {}, { expiry: EPOCH }, Err.Expired],
  ['another vendor', {}, { vendor: new Uint8Array(16) }, Err.WrongVendor],
  ['no consent', { consent: true }, {}, Err.ConsentMissing],
  ['plain', { framedOnly: true }, { format: 'plain' }, Err.PlainImage],
];
for (const [name, config, pack, code] of refused) {
  test(`what the policy refuses is not asked about: ${name}`, (t) => {
    const moment = counting();
    const bench = benchOpen({ config: { ...config, moment } });
    t.is(offer(bench.agent, release(image, 2, pack)), code);
    t.is(moment.asked, 0);
  });
}

test('in a trial nothing is asked', (t) => {
  const moment = counting();
  const bench = benchOpen({ config: { moment } });
  t.is(offer(bench.agent, update), Ok);
  t.is(bench.agent.activate(), Ok);
  t.is(moment.asked, 2);
  bench.boot();
  t.is(offer(bench.agent, release(image, 3)), Err.InTrial);
  t.is(moment.asked, 2);
});

test('asked before the application, which is not bothered with what waits', (t) => {
  let asked = 0;
  const ask = (): number => {
    asked++;
    return Answer.Yes;
  };
  const rig = rigOpen({ windows: [evening] }, { config: { ask } });
  t.is(offer(rig.bench.agent, update), Err.OutsideWindow);
  t.is(asked, 0);
  rig.bench.seconds = EVENING;
  t.is(offer(rig.bench.agent, update), Ok);
  t.is(asked, 1);
});

test('a gate that throws holds back, and tells', (t) => {
  const moment: MomentGate = {
    ask() {
      throw new Error('gate');
    },
    activated() {},
  };
  const bench = benchOpen({ config: { moment } });
  t.is(offer(bench.agent, update), Err.PortFailed);
  t.deepEqual(bench.since(), NOTHING);
});

test('a cancel inside of a hook is heard', (t) => {
  const rig = rigOpen({
    veto: (moment) => {
      if (moment === Moment.Activate) rig.bench.agent.cancel();
      return 0;
    },
  });
  t.is(offer(rig.bench.agent, update), Ok);
  t.is(rig.bench.agent.activate(), Err.Cancelled);
});

const expiring = release(image, 2, { expiry: EPOCH + DAY });
const expiries: readonly (readonly [string, BenchOptions['clock'], typeof update, number, number])[] = [
  ['none in the manifest', 'trusted', update, Ok, Expiry.None],
  ['none in the manifest, no clock', 'none', update, Ok, Expiry.None],
  ['judged', 'trusted', expiring, Ok, Expiry.Judged],
  ['untrusted clock', 'untrusted', expiring, Ok, Expiry.NotJudged],
  ['no clock', 'none', expiring, Ok, Expiry.NotJudged],
  [
    'passed for certain, though the time is not trusted now',
    { now: () => 5, trusted: () => false, atLeast: () => EPOCH + DAY },
    expiring,
    Err.Expired,
    Expiry.None,
  ],
  [
    'not passed for certain, and the time is not trusted',
    { now: () => 5, trusted: () => false, atLeast: () => EPOCH + DAY - 1 },
    expiring,
    Ok,
    Expiry.NotJudged,
  ],
  [
    'told only',
    { now: () => 5, trusted: () => false, told: () => EPOCH + 9 * DAY },
    expiring,
    Ok,
    Expiry.NotJudged,
  ],
  [
    'a trusted clock behind what has passed for certain',
    { now: () => EPOCH, trusted: () => true, atLeast: () => EPOCH + DAY },
    expiring,
    Err.Expired,
    Expiry.None,
  ],
];
for (const [name, clock, one, code, expiry] of expiries) {
  test(`expiry: ${name}: ${code}, ${expiry}`, (t) => {
    const bench = benchOpen({ clock });
    t.is(offer(bench.agent, one), code);
    t.is(bench.status().expiry, expiry);
    const logged = bench.log.filter(([said]) => said === Err.ExpiryNotJudged).length;
    t.is(logged, expiry === Expiry.NotJudged ? 1 : 0);
    if (code < 0) t.deepEqual(bench.since(), NOTHING);
  });
}

test('expired between receive and activate', (t) => {
  const bench = benchOpen();
  t.is(offer(bench.agent, expiring), Ok);
  bench.seconds = EPOCH + DAY;
  t.is(bench.agent.activate(), Err.Expired);
  t.is(bench.status().expiry, Expiry.Judged);
  bench.agent.offerBegin();
  t.is(bench.status().expiry, Expiry.None, 'of the next offer nothing is known');
});

test('expired between receive and activate, and the time is not trusted any more', (t) => {
  let least = EPOCH;
  const bench = benchOpen({
    clock: { now: () => EPOCH, trusted: () => least === EPOCH, atLeast: () => least },
  });
  t.is(offer(bench.agent, expiring), Ok);
  t.is(bench.status().expiry, Expiry.Judged);
  least = EPOCH + DAY - 1;
  t.is(bench.agent.activate(), Ok);
  t.is(bench.status().expiry, Expiry.NotJudged);
  const other = benchOpen({
    clock: { now: () => EPOCH, trusted: () => least < EPOCH, atLeast: () => least },
  });
  t.is(offer(other.agent, expiring), Ok);
  least = EPOCH + DAY;
  t.is(other.agent.activate(), Err.Expired);
});

test('a timekeeper: an expired manifest stays out when the clock goes back, over a reset, and without any time', (t) => {
  const keep = memory();
  let own = 0;
  let time: Timekeeper;
  const clock: Clock = {
    now: () => time.now(),
    trusted: () => time.trusted(),
    told: () => time.told(),
    atLeast: () => time.atLeast(),
  };
  const restart = (): void => {
    own = 0;
    time = timekeeperOpen(() => own, {}, keep);
  };
  restart();
  const bench = benchOpen({ clock });
  t.is(time!.offer(Rank.Management, EPOCH + DAY, 0), Ok);
  t.is(offer(bench.agent, expiring), Err.Expired);
  time!.save();
  restart();
  bench.boot();
  bench.since();
  t.is(offer(bench.agent, expiring), Err.Expired, 'no time yet');
  for (const rank of [Rank.Server, Rank.Gateway, Rank.Management, Rank.Secure]) {
    time!.offer(rank, EPOCH, 0);
    t.is(offer(bench.agent, expiring), Err.Expired, `rank ${rank} says it is earlier`);
  }
  t.deepEqual(bench.since(), NOTHING);
  const later = release(image, 2, { expiry: EPOCH + 9 * DAY });
  t.is(offer(bench.agent, later), Ok);
});
