/** A gateway that is not honest: single bits, and what it may try while an update is on trial or staged. */
import test from 'ava';
import { random } from '../../hal/node/faults.ts';
import { envelopeRead } from '../../publisher/read-envelope.ts';
import { confirmed } from './_folder-scene.ts';
import {
  envelopeOr,
  forward,
  fresh,
  inPlace,
  later,
  offering,
  ofPayload,
  old,
  worldNew,
} from './_not-trusted.ts';
import { deviceNew, deviceStatus, deviceWake } from './_world.ts';

const SEED = 20;
const POSITIONS = 24;

const BITS: readonly (readonly [string, (path: string) => boolean, Uint8Array])[] = [
  ['envelope', envelopeOr, fresh.envelope],
  ['payload', ofPayload, fresh.payload],
];

/** A bit that means nothing (what pads a frame out, say) may be any. */
const MEANINGLESS = 4;

for (const [name, which, bytes] of BITS)
  test.serial(`bits of the ${name}: none of it boots anything else than the publisher signed`, async (t) => {
    const { evil, released } = await worldNew(t);
    await released();
    const signed = Buffer.from(envelopeRead(fresh.envelope, name).digest);
    const next = random(SEED);
    let refused = 0;
    for (let count = 0; count < POSITIONS; count++) {
      const [at, bit] = [next() % bytes.length, 1 << (next() % 8)];
      const replay = `seed ${SEED}, byte ${at}, bit ${bit}`;
      const device = deviceNew('a', old);
      let altered = 0;
      evil.act = {
        ...offering,
        file: inPlace(which, (real) => {
          altered++;
          return real.map((byte, index) => (index === at ? byte ^ bit : byte));
        }),
      };
      for (let wakes = 0; wakes < 2; wakes++) await deviceWake(device, evil.url);
      t.true(altered > 0, replay);
      const { sequence, digest } = deviceStatus(device);
      if (sequence === 2) refused++;
      else t.deepEqual(Buffer.from(digest), signed, replay);
      evil.act = offering;
      for (let wakes = 0; wakes < 5; wakes++) await deviceWake(device, evil.url);
      t.true(confirmed(device, fresh), replay);
    }
    t.true(refused >= POSITIONS - MEANINGLESS, `${refused} of ${POSITIONS} were refused`);
  });

test.serial(
  'on trial: told to cancel, and offered something else, the device sees it to its end',
  async (t) => {
    const world = await worldNew(t, { kind: 'confirmsLate', ticks: 100 });
    const { evil, device, wake } = world;
    await world.released();
    for (let wakes = 0; wakes < 40 && deviceStatus(device).trial === 0; wakes++) await wake();
    t.deepEqual([deviceStatus(device).sequence, deviceStatus(device).trial], [3, 1]);
    const { boots } = device.board;
    for (const cancel of [true, false]) {
      evil.act = {
        ...forward(later),
        orders: (real) => ({ ...forward(later).orders!(real), cancel }) as never,
      };
      evil.fired = 0;
      const woken = await wake();
      t.is(woken.fetched, undefined);
      t.true(evil.fired > 0);
      t.is(deviceStatus(device).sequence, 3);
    }
    evil.act = { orders: (real) => ({ ...real, cancel: true }) };
    for (let wakes = 0; wakes < 20 && !confirmed(device, fresh); wakes++) await wake();
    t.true(confirmed(device, fresh));
    t.is(device.board.boots, boots);
  },
);

test.serial('it is told to download, and never to install: staged, and it runs what it ran', async (t) => {
  const { evil, device, wake, scene, released } = await worldNew(t);
  await released();
  evil.act = { orders: (real) => ({ ...real, update: 'skip' }) };
  await scene.until('staged', [], async () => {
    await wake();
    return (await scene.seen('a')).work?.state === 'staged';
  });
  const { boots } = device.board;
  for (let wakes = 0; wakes < 5; wakes++) t.false((await wake()).activated);
  t.true(confirmed(device, old));
  t.is(device.board.boots, boots);
});
