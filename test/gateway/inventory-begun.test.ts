/** What a device was told to begin: until when it may still come to run it. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { digestOf, NEW, OLD, releaseOf, rigOf, went, workOf } from './_devices.ts';
import type { Rig } from './_devices.ts';

const release = releaseOf('new', 7);
const offered = ({ inventory }: Rig): void => void inventory.moved('a', 'offered', 0, '', 20, release);

/** What frees a partner, behind an offer: [steps, is it still under way]. */
const BEGUN: readonly (readonly [name: string, steps: (rig: Rig) => void, under: boolean])[] = [
  ['offered', () => {}, true],
  ['on trial', (rig) => rig.say({ ...NEW, trial: true }), true],
  ['confirmed', (rig) => rig.say(NEW), false],
  ['went back', (rig) => rig.say(went(Err.CheckFailed)), false],
  ['went back, not reset yet', (rig) => rig.say({ ...went(Err.CheckFailed), ...NEW, accepted: 6 }), true],
  ['refused it', (rig) => rig.say({ ...OLD, session: [Err.WrongClass, 'new'] }), false],
  ['not yet', (rig) => rig.say({ ...OLD, session: [Err.SourceLost, 'new'] }), true],
  ['failed by word alone', ({ inventory }) => void inventory.moved('a', 'failed', 0, '', 30), true],
  [
    'failed by word alone, then seen with nothing staged',
    (rig) => {
      rig.inventory.moved('a', 'failed', 0, '', 30);
      rig.say(OLD);
    },
    true,
  ],
  [
    'failed by word alone, called off, then seen with nothing staged',
    (rig) => {
      rig.inventory.moved('a', 'failed', 0, '', 30);
      rig.say(OLD);
      rig.say(OLD);
    },
    false,
  ],
  [
    'called off while it is on trial',
    (rig) => {
      rig.inventory.wanted('a', undefined, 30);
      rig.say(OLD);
      rig.say({ ...NEW, trial: true });
    },
    true,
  ],
  [
    'given work that its last report says it runs, from before the offer',
    (rig) => {
      rig.inventory.wanted('a', workOf('2', 'old'), 30);
      rig.inventory.moved('a', 'offered', 0, '', 31, releaseOf('old', 6));
    },
    true,
  ],
  [
    'given such work, and called off',
    (rig) => {
      rig.inventory.wanted('a', workOf('2', 'old'), 30);
      rig.inventory.moved('a', 'offered', 0, '', 31, releaseOf('old', 6));
      rig.say(OLD);
      rig.say(OLD);
    },
    false,
  ],
  [
    'cancelled, then seen with it staged',
    (rig) => {
      rig.inventory.moved('a', 'cancelled', 0, '', 30);
      rig.say(OLD);
      rig.say(OLD, 'new');
    },
    true,
  ],
  ['given other work', ({ inventory }) => inventory.wanted('a', workOf('2', 'next'), 30), true],
  [
    'given other work, seen with the old one confirmed',
    (rig) => {
      rig.inventory.wanted('a', workOf('2', 'next'), 30);
      rig.say(NEW);
    },
    false,
  ],
];

for (const [name, steps, under] of BEGUN) {
  test(`${name}: ${under ? 'may still come to run it' : 'its partner is free'}`, async (t) => {
    const rig = await rigOf();
    rig.inventory.wanted('a', workOf('1', 'new'), 10);
    rig.say(OLD);
    offered(rig);
    steps(rig);
    t.is(rig.inventory.device('a')!.begun, under ? digestOf('new') : undefined);
  });
}
