import test from 'ava';
import { Day, Err, Gate, Mode, Moment, Ok } from '../../agent/index.ts';
import { DAY, HOUR, PATIENCE, at, digestOf, offerOf, rigOpen } from './_moment.ts';

const night = { days: Day.Every, from: 120, to: 240 };
const monday = { days: Day.Monday, from: 120, to: 240 };
const windows = [monday];
const veto = (): number => 9;
const vetoPatience = { seconds: DAY, wakes: 5 };

test('patience in seconds of a trusted clock, over resets', (t) => {
  const rig = rigOpen({ windows });
  t.is(rig.receive(), Err.OutsideWindow);
  for (let day = 0; day < 2; day++) {
    rig.boot(DAY);
    t.is(rig.receive(), Err.OutsideWindow);
  }
  t.like(rig.waiting(), { seconds: DAY, wakes: 38 });
  rig.boot(DAY - 1);
  t.is(rig.receive(), Err.OutsideWindow);
  rig.boot(1);
  t.is(rig.receive(), Ok);
  t.like(rig.waiting(), { passed: Gate.Window });
});

test('patience in wakes, where there is no clock, or one that starts anew', (t) => {
  for (const kind of ['none', 'uptime'] as const) {
    const rig = rigOpen({ windows }, kind);
    t.is(rig.receive(), Err.OutsideWindow);
    for (let wakes = 1; wakes < PATIENCE.wakes; wakes++) {
      rig.boot(60);
      t.is(rig.receive(), Err.OutsideWindow);
    }
    t.is(rig.waiting().wakes, 1);
    rig.boot(60);
    t.is(rig.receive(), Ok);
  }
});

test('a clock that is not trusted counts within a boot, and not what it jumps', (t) => {
  const rig = rigOpen({ windows }, 'uptime');
  t.is(rig.receive(), Err.OutsideWindow);
  for (let hours = 1; hours < 72; hours++) {
    rig.seconds += HOUR;
    t.is(rig.receive(), Err.OutsideWindow);
  }
  rig.seconds += HOUR;
  t.is(rig.receive(), Ok);
});

test('a time that is told and not trusted cannot end a patience by being set', (t) => {
  const rig = rigOpen({ veto, vetoPatience }, 'told');
  t.is(rig.receive(), Err.Vetoed);
  for (let wakes = 1; wakes < vetoPatience.wakes; wakes++) {
    rig.boot(400 * DAY);
    t.is(rig.receive(), Err.Vetoed);
    t.like(rig.waiting(), { seconds: DAY, wakes: vetoPatience.wakes - wakes });
  }
  rig.boot(1);
  t.is(rig.receive(), Ok);
});

test('a jump of an untrusted clock counts as a day at most', (t) => {
  const rig = rigOpen({ veto, vetoPatience: { seconds: 3 * DAY, wakes: 99 } }, 'uptime');
  t.is(rig.receive(), Err.Vetoed);
  rig.started -= 100 * DAY;
  t.is(rig.receive(), Err.Vetoed);
  t.is(rig.waiting().seconds, 2 * DAY);
  rig.started = rig.seconds;
  t.is(rig.receive(), Err.Vetoed);
  t.is(rig.waiting().seconds, 2 * DAY);
});

test('a clock that is trusted late in a boot: what passed before is counted then, and once', (t) => {
  const rig = rigOpen({ windows });
  t.is(rig.receive(), Err.OutsideWindow);
  const left = (): number => {
    t.is(rig.receive(), Err.OutsideWindow);
    return PATIENCE.seconds - rig.waiting().seconds;
  };
  rig.kind = 'uptime';
  rig.boot(10 * HOUR);
  rig.seconds += 2 * HOUR;
  t.is(left(), 2 * HOUR);
  rig.kind = 'trusted';
  t.is(left(), 12 * HOUR);
  rig.kind = 'uptime';
  rig.seconds += HOUR;
  t.is(left(), 12 * HOUR);
  rig.seconds += HOUR;
  t.is(left(), 13 * HOUR);
  rig.boot(HOUR);
  t.is(left(), 13 * HOUR);
  rig.kind = 'trusted';
  rig.boot(HOUR);
  t.is(left(), 16 * HOUR);
  rig.seconds -= 5 * HOUR;
  t.is(left(), 16 * HOUR, 'it went back');
  rig.seconds += 6 * HOUR;
  t.is(left(), 17 * HOUR, 'and what passes again is not counted again');
});

test('the time of day of a clock that is not trusted does not count from boot to boot', (t) => {
  const rig = rigOpen({ windows }, 'wall');
  t.is(rig.receive(), Err.OutsideWindow);
  rig.boot(100 * DAY);
  t.is(rig.receive(), Err.OutsideWindow);
  t.is(rig.waiting().seconds, PATIENCE.seconds);
});

test('a clock that is set, and from then on trusted, has not waited since 1970', (t) => {
  const rig = rigOpen({ windows }, 'uptime');
  t.is(rig.receive(), Err.OutsideWindow);
  rig.seconds += HOUR;
  t.is(rig.receive(), Err.OutsideWindow);
  rig.kind = 'trusted';
  t.is(rig.receive(), Err.OutsideWindow);
  t.is(rig.waiting().seconds, PATIENCE.seconds - HOUR);
  rig.seconds += HOUR;
  rig.kind = 'uptime';
  t.is(rig.receive(), Err.OutsideWindow);
  rig.kind = 'trusted';
  rig.seconds += HOUR;
  t.is(rig.receive(), Err.OutsideWindow);
  t.is(rig.waiting().seconds, PATIENCE.seconds - 3 * HOUR);
});

test('a trusted clock that stands still or jumps back leaves the wakes', (t) => {
  const rig = rigOpen({ windows });
  t.is(rig.receive(), Err.OutsideWindow);
  for (let wakes = 1; wakes < PATIENCE.wakes; wakes++) {
    rig.boot(wakes % 2 ? -7 * DAY : 0);
    t.is(rig.receive(), Err.OutsideWindow, `${wakes}`);
  }
  rig.boot();
  t.is(rig.receive(), Ok);
});

test('asking often does not end a patience', (t) => {
  const rig = rigOpen({ windows });
  for (let asks = 0; asks < 1000; asks++) t.is(rig.receive(), Err.OutsideWindow);
  t.like(rig.waiting(), { seconds: PATIENCE.seconds, wakes: PATIENCE.wakes });
});

test('a wake that is no start of the board counts when it is told', (t) => {
  const rig = rigOpen({ windows }, 'none');
  t.is(rig.receive(), Err.OutsideWindow);
  for (let wakes = 0; wakes < PATIENCE.wakes; wakes++) rig.chooser.wake();
  t.is(rig.receive(), Ok);
});

test('nothing waits: wakes are not counted, nothing is kept', (t) => {
  const rig = rigOpen({ windows: [night], together: () => 0 }, 'trusted', at(0, 3));
  for (let boots = 0; boots < 50; boots++) rig.boot();
  t.is(rig.receive(), Ok);
  t.is(rig.activate(), Ok);
  rig.chooser.activated();
  t.is(rig.keep.saves, 0);
});

test('the veto: the application against a patience, or for ever', (t) => {
  const rig = rigOpen({ veto, vetoPatience });
  t.is(rig.activate(), Err.Vetoed);
  rig.seconds += DAY - 1;
  t.is(rig.activate(), Err.Vetoed);
  t.like(rig.waiting(), { seconds: 1, reason: 9 });
  rig.seconds += 1;
  t.is(rig.activate(), Ok);
  t.like(rig.waiting(), { passed: Gate.Veto, reason: 9 });

  const firm = rigOpen({ veto });
  for (let boots = 0; boots < 100; boots++) {
    t.is(firm.activate(), Err.Vetoed);
    firm.boot(10 * DAY);
  }
});

test('the veto: its patience counts from the first veto, not from what was waited before', (t) => {
  let word = 0;
  const rig = rigOpen({ windows: [night], veto: () => word, vetoPatience });
  t.is(rig.activate(), Err.OutsideWindow);
  for (let wakes = 0; wakes < 10; wakes++) rig.boot(60);
  rig.seconds = at(1, 3);
  word = 9;
  t.is(rig.activate(), Err.Vetoed);
  t.like(rig.waiting(), { seconds: DAY, wakes: 5 });
  word = 0;
  rig.boot(60);
  t.is(rig.activate(), Ok);
  word = 9;
  t.is(rig.activate(), Err.Vetoed);
  t.is(rig.waiting().wakes, 4, 'and a word between does not begin it anew');
});

test('activated: the next update waits anew', (t) => {
  const rig = rigOpen({ windows });
  t.is(rig.receive(), Err.OutsideWindow);
  rig.boot(3 * DAY);
  t.is(rig.receive(), Ok);
  t.is(rig.activate(), Ok);
  rig.chooser.activated();
  rig.boot(60);
  t.is(rig.receive(offerOf(3)), Err.OutsideWindow);
  t.is(rig.waiting().seconds, PATIENCE.seconds);
});

test('cut before that was kept: what was waited for runs, and the next update waits anew', (t) => {
  const rig = rigOpen({ windows });
  t.is(rig.receive(), Err.OutsideWindow);
  rig.boot(3 * DAY);
  t.is(rig.activate(), Ok);
  rig.boot(60);
  t.is(rig.chooser.ask(Moment.Receive, offerOf(3), digestOf(2), 1), Err.OutsideWindow);
  t.is(rig.waiting().seconds, PATIENCE.seconds);
});

test('releases that follow one another do not begin a patience anew each', (t) => {
  const rig = rigOpen({ windows }, 'none');
  let wakes = 0;
  while (rig.receive(offerOf(2 + wakes)) === Err.OutsideWindow) {
    wakes++;
    rig.boot();
    if (wakes > PATIENCE.wakes) break;
  }
  t.is(wakes, PATIENCE.wakes);
});

test('nor does a new one take over the time in which nothing was asked', (t) => {
  const rig = rigOpen({ windows });
  t.is(rig.receive(offerOf(2)), Err.OutsideWindow);
  for (let boots = 0; boots < 30; boots++) rig.boot(10 * DAY);
  t.is(rig.receive(offerOf(3)), Err.OutsideWindow);
  t.like(rig.waiting(), { seconds: PATIENCE.seconds, wakes: PATIENCE.wakes - 1 });
});

test('why it waits is told after a reset, before anything is asked', (t) => {
  const rig = rigOpen({ windows: [{ ...night, moments: Moment.Activate }] });
  rig.receive();
  t.is(rig.activate(), Err.OutsideWindow);
  rig.boot(HOUR);
  t.like(rig.waiting(), { code: Err.OutsideWindow, until: at(1, 2), wakes: PATIENCE.wakes, sequence: 0 });
  const vetoed = rigOpen({ veto });
  vetoed.receive();
  vetoed.boot(HOUR);
  t.like(vetoed.waiting(), { code: Err.Vetoed, reason: 9, until: 0 });
});

test('a keep that does not keep: windows are not for ever, and a yes or a veto is not made up', (t) => {
  const broken: readonly ((rig: ReturnType<typeof rigOpen>) => void)[] = [
    (rig) => (rig.keep.save = () => {}),
    (rig) =>
      (rig.keep.save = () => {
        throw new Error('worn out');
      }),
  ];
  for (const breaks of broken) {
    const rig = rigOpen({ windows });
    breaks(rig);
    t.is(rig.receive(), Err.OutsideWindow, 'found out by the first save');
    t.is(rig.receive(), Ok);
    const firm = rigOpen({ mode: Mode.Notify });
    breaks(firm);
    firm.receive();
    t.is(firm.receive(), Err.OwnerAwaited);
  }
  const unread = rigOpen({ windows });
  unread.keep.load = () => {
    throw new Error('bus fault');
  };
  unread.boot();
  t.is(unread.receive(), Err.OutsideWindow);
});

test('two manifests in turn, for which other gates hold, do not wear what keeps the record', (t) => {
  const rig = rigOpen({ windows, veto, security: { passes: Gate.Window } });
  for (let turns = 0; turns < 100; turns++) {
    t.is(rig.receive(offerOf(2)), Err.OutsideWindow);
    t.is(rig.receive(offerOf(3, { securityVersion: 2 })), Err.Vetoed);
  }
  t.is(rig.keep.saves, 6, 'each once, and four times why');
});

test('the record is written when it must be, and not at each ask', (t) => {
  const rig = rigOpen({ windows });
  for (let minutes = 0; minutes < 600; minutes++) {
    rig.receive();
    rig.seconds += 60;
  }
  t.is(rig.keep.saves, 1 + 9, 'once, and once an hour');
});
