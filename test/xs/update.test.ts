/** Updates over the serial line on the XS engine: trial, confirm, and every way back. */
import test from 'ava';
import { Event, Reset } from '../../agent/codes.ts';
import { DEFAULT_TRIAL_BOOTS } from '../../agent/config.ts';
import * as Err from '../../agent/err.ts';
import { revertAsk, statusAsk } from '../../publisher/serial/board.ts';
import { application, boardNew } from './_board.ts';
import { install, trialEnd } from './_install.ts';
import { powerOn } from './_power.ts';

const PASSES = `device.agent.check('app', 1, 0, () => 1);`;
const one = await application('one', `boardLog('one runs'); ${PASSES}`);
const two = await application('two', `boardLog('two runs'); ${PASSES}`);

test('from 1 to 2: trial, confirm; and back by hand', async (t) => {
  const { link, log, off } = powerOn(boardNew(one));
  await install(link, two, 2);
  const confirmed = await trialEnd(link);
  t.like(confirmed, { sequence: 2, accepted: 2, running: 1, event: Event.Confirmed, why: 0 });
  t.deepEqual(log(), [
    'boot 0 slot 0 sequence 1',
    'one runs',
    'boot 0 slot 1 sequence 2 trial 1',
    'two runs',
  ]);
  await revertAsk(link);
  t.like(await statusAsk(link), { sequence: 1, accepted: 2, running: 0, event: Event.Manual });
  await off();
});

interface Bad {
  readonly what: string;
  readonly script: string;
  readonly clock?: number;
  readonly why: number;
  readonly cause: number;
  /** Times that the image was started. */
  readonly starts: number;
  readonly check?: string;
}

const BAD: readonly Bad[] = [
  {
    what: 'throws at its start',
    script: `boardLog('bad runs'); throw new Error('no such luck');`,
    why: Err.AttemptsSpent,
    cause: Reset.Crash,
    starts: 3,
  },
  {
    what: 'hangs',
    script: `boardLog('bad runs'); ${PASSES} for (;;);`,
    why: Err.AttemptsSpent,
    cause: Reset.Watchdog,
    starts: 3,
  },
  {
    what: 'hangs in its main loop, before its check has passed',
    script: `boardLog('bad runs'); device.agent.check('app', 1, 0, () => 0); device.step = () => { for (;;); };`,
    why: Err.AttemptsSpent,
    cause: Reset.Watchdog,
    starts: 3,
  },
  {
    what: 'fails its check',
    script: `boardLog('bad runs'); device.agent.check('motor', 1, 0, () => -1);`,
    why: Err.CheckFailed,
    cause: Reset.Requested,
    starts: 1,
    check: 'motor',
  },
  {
    what: 'never confirms',
    script: `boardLog('bad runs'); device.agent.check('motor', 1, 0, () => 0);`,
    why: Err.WindowOver,
    cause: Reset.Requested,
    starts: 1,
    check: 'motor',
  },
  {
    what: 'never confirms and restarts itself, on a board without a clock',
    script: `boardLog('bad runs'); device.agent.check('motor', 1, 0, () => 0);
      let rounds = 0; device.step = () => { if (++rounds === 20) boardReset(4); };`,
    clock: 0,
    why: Err.BootsSpent,
    cause: Reset.Requested,
    starts: DEFAULT_TRIAL_BOOTS,
  },
  {
    what: 'is no program',
    script: '',
    why: Err.AttemptsSpent,
    cause: Reset.Crash,
    starts: 0,
  },
];

for (const { what, script, clock = 1, why, cause, starts, check = '' } of BAD) {
  test(`an image that ${what} is put back, and the report says why`, async (t) => {
    const name = what.replaceAll(/[^a-z]+/g, '-');
    const image = script === '' ? new Uint8Array(5000).fill(7) : await application(name, script);
    const { link, log, off } = powerOn(boardNew(one, { watchdog: 2, clock, trialWindow: 3 }));
    await install(link, image, 2);
    const status = await trialEnd(link);
    await off();
    t.like(status, { sequence: 1, running: 0, accepted: 1, event: Event.Reverted, why, cause, check });
    t.like(status, { from: 1, to: 2 });
    t.is(log().filter((line) => line === 'bad runs').length, starts);
    t.is(log().filter((line) => line === 'one runs').length, 2);
  });
}
