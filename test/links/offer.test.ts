import test from 'ava';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { activate, liveOf, offerOverLink, run } from '../../bootloader-sim/index.ts';
import type { Board, LinkOffered, LinkOfferOptions } from '../../bootloader-sim/index.ts';
import { LINKS } from '../../hal/links/index.ts';
import type { LinkProfile } from '../../hal/links/index.ts';
import { factory, firmware, release } from '../bootloader-sim/_real.ts';

const old = firmware(1);
const update = release(firmware(2), 2);
const named = (name: string): LinkProfile => LINKS.find((one) => one.name === name)!;

const offer = (
  profile: LinkProfile,
  more: Partial<LinkOfferOptions> = {},
): { board: Board; offered: LinkOffered } => {
  const board = factory(old);
  return { board, offered: offerOverLink(board, update, { profile, ...more }) };
};

const boots = (board: Board): number => {
  if (activate(board) !== Ok) return -1;
  return run(board).history.at(-1)!.decision.slot;
};

for (const profile of LINKS) {
  test(`a whole update over ${profile.name}, the same for the same seed`, (t) => {
    const { board, offered } = offer(profile, { seed: 7 });
    t.is(offered.code, Ok);
    t.is(boots(board), 1);
    const whole = update.envelope.length + update.payload.length;
    t.is(offered.bytesSent, whole);
    t.true(offered.bytes > whole, 'what the link adds is counted');
    t.true(offered.seconds >= whole / (profile.rate * profile.dutyCycle), 'no faster than the link');
    t.is(offered.wakes, 1);
    t.true(offered.millijoules >= profile.energyPerWake);
    t.deepEqual(offer(profile, { seed: 7 }).offered, offered);
  });

  test(`over ${profile.name}, a fifth of all lost, some repeated and out of order`, (t) => {
    const { board, offered } = offer(profile, { loss: 0.2, repeat: 0.1, reorder: 0.1 });
    t.is(offered.code, Ok);
    t.true(offered.lost > 0);
    t.is(boots(board), 1);
    t.true(offered.seconds > offer(profile, { loss: 0 }).offered.seconds);
  });
}

test('a device that sleeps wakes as often as it takes, and pays for each wake', (t) => {
  const profile = named('nb-iot');
  const through = offer(profile).offered;
  const { board, offered } = offer(profile, { awake: 20, asleep: 3600 });
  t.is(offered.code, Ok);
  t.is(boots(board), 1);
  t.true(offered.wakes > 2, `${offered.wakes} wakes`);
  t.true(offered.seconds > (offered.wakes - 1) * 3600);
  t.true(offered.secondsAwake <= offered.wakes * 20);
  t.true(offered.millijoules > through.millijoules);
});

test('a link that loses everything: given up, the image stays, and a sane link takes the update', (t) => {
  const profile = named('802.15.4');
  const { board, offered } = offer(profile, { loss: 1 });
  t.is(offered.code, Err.SourceLost);
  t.is(offered.bytesSent, 0);
  t.is(offered.lost, offered.datagrams);
  t.is(run(board).history.at(-1)!.decision.slot, 0);
  liveOf(board);
  t.is(offerOverLink(board, update, { profile }).code, Ok);
  t.is(boots(board), 1);
});

test('out of patience: what came is not fetched again', (t) => {
  const profile = named('nb-iot');
  const { board, offered } = offer(profile, { patience: 30 });
  t.is(offered.code, Err.SourceLost);
  t.true(offered.bytesSent > 4096);
  const rest = offerOverLink(board, update, { profile });
  t.is(rest.code, Ok);
  const whole = update.envelope.length + update.payload.length;
  t.true(rest.bytesSent + 4096 < whole, `${rest.bytesSent} of ${whole}`);
});
