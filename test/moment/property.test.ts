/** Random owners, clocks, wakes and lost records: every wait ends, and what an expiry closed stays closed. */
import test from 'ava';
import fc from 'fast-check';
import { Day, Err, Mode, Ok } from '../../agent/index.ts';
import type { Owner } from '../../agent/index.ts';
import { HOUR, MONDAY, offerOf, rigOpen } from './_moment.ts';
import type { ClockKind } from './_moment.ts';

const limit = fc.record({
  seconds: fc.integer({ min: 1, max: 30 * 24 * HOUR }),
  wakes: fc.integer({ min: 1, max: 60 }),
});
const window = fc.record({
  days: fc.integer({ min: 1, max: Day.Every }),
  from: fc.integer({ min: 0, max: 1439 }),
  to: fc.integer({ min: 0, max: 1439 }),
  moments: fc.integer({ min: 1, max: 3 }),
});

/** Whatever has an end: not off, not waiting for a yes, no energy floor, and a veto with a patience. */
const owners: fc.Arbitrary<Owner & { readonly postpone: { readonly times: number } }> = fc.record({
  patience: limit,
  windows: fc.array(window, { maxLength: 3 }),
  zone: fc.integer({ min: -720, max: 840 }),
  veto: fc.constantFrom(
    () => 0,
    () => 9,
  ),
  vetoPatience: limit,
  togetherMost: limit,
  together: fc.integer({ min: 0, max: 0xffffffff }).map((at) => () => at),
  postpone: fc.record({
    times: fc.integer({ min: 0, max: 3 }),
    seconds: fc.integer({ min: 1, max: 30 * 24 * HOUR }),
    wakes: fc.integer({ min: 1, max: 60 }),
  }),
});

const wakes = fc.record({
  /** Seconds between one wake and the next: the clock may go back. */
  passes: fc.integer({ min: -100_000_000, max: 100_000_000 }),
  kind: fc.constantFrom<ClockKind>('trusted', 'told', 'uptime', 'none'),
  postpones: fc.boolean(),
  asks: fc.integer({ min: 1, max: 3 }),
  /** A new release has come. */
  release: fc.boolean(),
});

/** All that can follow one another: postponed as often as may be, scheduled, out of the windows, vetoed. */
const mostWakes = (owner: Owner): number =>
  owner.postpone!.times * owner.postpone!.wakes +
  owner.togetherMost!.wakes +
  owner.patience.wakes +
  owner.vetoPatience!.wakes;

test('every wait ends, whatever the clock does, within the wakes that the owner gives', (t) => {
  let waited = 0;
  fc.assert(
    fc.property(
      owners,
      fc.array(wakes, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: MONDAY, max: 2 * MONDAY }),
      (owner, life, seconds) => {
        const rig = rigOpen(owner, 'none', seconds);
        const most = mostWakes(owner);
        let sequence = 2;
        for (let wake = 0; ; wake++) {
          const one = life[wake % life.length]!;
          rig.kind = one.kind;
          if (one.postpones) rig.chooser.postpone(owner.postpone.seconds);
          if (one.release) sequence++;
          let code: number = Ok;
          for (let asks = 0; asks < one.asks; asks++) {
            code = rig.receive(offerOf(sequence));
            if (code === Ok) code = rig.activate(offerOf(sequence));
          }
          if (code === Ok) break;
          waited++;
          if (wake > most) t.fail(`${code} after ${wake} wakes of ${most}`);
          rig.boot(Math.max(one.passes, MONDAY - rig.seconds));
        }
      },
    ),
    { numRuns: 300 },
  );
  t.true(waited > 1000);
});

test('windows alone end within their patience in wakes, also where records are lost now and then', (t) => {
  let lost = 0;
  fc.assert(
    fc.property(limit, fc.array(fc.nat({ max: 9 }), { minLength: 5, maxLength: 40 }), (patience, losses) => {
      const rig = rigOpen({ patience, windows: [{ days: Day.Monday, from: 0, to: 1 }] }, 'none');
      let since = 0;
      for (let wake = 0; rig.receive() !== Ok; wake++) {
        t.true(since <= patience.wakes, `${since} wakes since the record was lost`);
        if (losses[wake] === 0) {
          rig.keep.bytes = rig.keep.bytes.map((byte) => byte ^ 0xff);
          since = 0;
          lost++;
        } else since++;
        rig.boot(60);
      }
      t.true(since >= patience.wakes, 'a lost record never shortens a wait');
    }),
    { numRuns: 300 },
  );
  t.true(lost > 100);
});

test('an untrusted clock never ends a veto before its wakes, or the seconds that one boot has counted', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), { minLength: 9, maxLength: 9 }),
      (jumps) => {
        const vetoPatience = { seconds: 24 * HOUR, wakes: 10 };
        const rig = rigOpen({ veto: () => 3, vetoPatience }, 'told');
        for (const jump of jumps) {
          t.is(rig.activate(), Err.Vetoed);
          rig.seconds = Math.max(rig.seconds + jump, 0);
          rig.boot();
        }
        t.is(rig.activate(), Err.Vetoed);
        rig.boot();
        t.is(rig.activate(), Ok);
      },
    ),
  );
});

test('off and the owner\u2019s yes have no end but the owner\u2019s word', (t) => {
  for (const [mode, code] of [
    [Mode.Off, Err.UpdatesOff],
    [Mode.Notify, Err.OwnerAwaited],
  ] as const) {
    const rig = rigOpen({ mode });
    for (let boots = 0; boots < 500; boots++) {
      t.is(rig.receive(), code);
      rig.boot(24 * HOUR);
    }
  }
});
