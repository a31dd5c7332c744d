/**
 * What an update costs on each kind of link: a whole image, one that shares blocks with the running one, and a patch. The
 * real agent, by CoAP over a simulated link in virtual time; the same seed gives the same figures.
 */
import { openAgent, patches } from '../../agent/index.ts';
import { offerToAgent } from '../../bootloader-sim/index.ts';
import type { LinkOffered, Update } from '../../bootloader-sim/index.ts';
import { LINKS } from '../../hal/links/index.ts';
import type { LinkProfile } from '../../hal/links/index.ts';
import { pack } from '../../publisher/index.ts';
import type { Pack } from '../../publisher/index.ts';
import type { Pair } from '../pairs.ts';
import { classId, config, expect, key, release, rigDecide, rigOpen, STRANGER, vendor } from '../rig.ts';
import { rounded } from '../row.ts';
import { plain } from './row.ts';
import type { NetRow } from './row.ts';

/** A device that sleeps: a minute awake, an hour asleep. */
const AWAKE = 60;
const ASLEEP = 3600;
const SEED = 1;
const BOARD = 'esp32-c3';

const updateOf = (packed: Pack, patched: boolean): Update => ({
  envelope: packed.envelope,
  payload: packed.payload,
  patches: patched ? packed.patches.map(({ uri, payload }) => ({ uri, payload })) : [],
});

const measure = (profile: LinkProfile, running: Uint8Array, update: Update): LinkOffered => {
  const rig = rigOpen(BOARD, running);
  rigDecide(rig);
  const agent = openAgent(rig.ports, { ...config, patches });
  const alive = (): boolean => rig.flash.power.powered;
  const offered = offerToAgent({ agent, alive }, update, {
    profile,
    seed: SEED,
    awake: AWAKE,
    asleep: ASLEEP,
  });
  expect(`offer over ${profile.name}`, offered.code);
  return offered;
};

const rowsOf = (what: string, profile: LinkProfile, offered: LinkOffered): NetRow[] => {
  const one = (metric: string, value: number, unit: string): NetRow =>
    plain(metric, `${profile.name}: ${what}`, value, unit);
  return [
    one('on the link, both ways', offered.bytes, 'bytes'),
    one(`wakes of ${AWAKE} s`, offered.wakes, 'wakes'),
    one('awake', rounded(offered.secondsAwake, 1), 's'),
    one('energy of the link', rounded(offered.millijoules / 1000, 2), 'J'),
  ];
};

export const linkRows = ({ name, from, to }: Pair): NetRow[] => {
  const framed = updateOf(release(to, 2), false);
  const base = { image: to, sequence: 2, vendor, classId, keys: [key], bases: [from] };
  const patch = updateOf(pack(base), true);
  const cases: readonly (readonly [string, Uint8Array, Update])[] = [
    ['whole image', STRANGER, framed],
    ['shared blocks', from, framed],
    ['patch', from, patch],
  ];
  return LINKS.flatMap((profile) =>
    cases.flatMap(([what, running, update]) =>
      rowsOf(`${name}, ${what}`, profile, measure(profile, running, update)),
    ),
  );
};
