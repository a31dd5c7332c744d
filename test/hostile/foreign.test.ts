import test from 'ava';
import { Phase, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { NOTHING, benchOpen, install, installConfirm, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { armBoard, kinds, teepBoard, vector, vectorsHere } from './_envelopes.ts';

const none = new Uint8Array(0);

if (!vectorsHere) {
  test('envelopes of others: left out, not present', (t) => {
    t.log('no ../shared/vectors/suit');
    t.pass();
  });
} else {
  const image = vector('libcsuit/8d82573a-926d-4754-9353-32dc29997f74.ta');
  const installed = [
    ['libcsuit/suit_manifest_expI.suit', none],
    ['libcsuit/suit_manifest_expU.suit', image],
  ] as const;

  for (const [name, payload] of installed) {
    for (const mode of ['range', 'stream'] as const) {
      test(`${name} installs, by ${mode}`, (t) => {
        const bench = benchOpen(teepBoard());
        const update = { envelope: vector(name), payload };
        t.is(install(bench, update, { mode }), 0);
        t.like(bench.decision, { slot: 1, trial: true, imageSize: image.length });
        const read = new Uint8Array(image.length);
        bench.flash.slots[1].partition.read(read, 0);
        t.deepEqual(read, image);
        t.is(bench.agent.confirm(), 0);
        t.is(bench.boot(Reset.Power), 0);
        t.like(bench.decision, { slot: 1, trial: false, code: 0 });
      });
    }
  }

  const refused = [
    ['libcsuit/suit_manifest_expU2.suit', Err.ManifestKey],
    ['libcsuit/suit_manifest_exp0.suit', Err.NothingToInstall],
    ['manifest-spec-37/example0.signed.hex', Err.NothingToInstall],
    ['manifest-spec-37/example2.signed-severed.hex', Err.Severed],
    ['manifest-spec-37/example4.signed.hex', Err.ManifestKey],
    ['manifest-spec-37/example5.signed.hex', Err.Component],
  ] as const;
  for (const [name, code] of refused) {
    test(`${name} is refused: ${code}`, (t) => {
      const bench = benchOpen(armBoard());
      t.is(offer(bench.agent, { envelope: vector(name), payload: none }), code);
      t.deepEqual(bench.since(), NOTHING);
    });
  }

  // Their digests are dummies: what they name cannot be had, and bytes that come in its place are not it.
  for (const name of ['example1.signed', 'example2.signed-with-severable', 'example3.signed']) {
    test(`manifest-spec-37/${name} is taken, and its payload is held to its digest`, (t) => {
      const bench = benchOpen(armBoard());
      const envelope = vector(`manifest-spec-37/${name}.hex`);
      const code = offer(bench.agent, { envelope, payload: firmware(3, 65_000) });
      t.is(code, code === Err.ImageTooLarge ? Err.ImageTooLarge : Err.ImageDigest);
      if (code === Err.ImageTooLarge) t.deepEqual(bench.since(), NOTHING);
      t.true(bench.agent.activate() < 0);
    });
  }
}

test('an integrated payload that is wrong is refused before what a cut left is erased', (t) => {
  const kind = kinds.find(({ name }) => name === 'integrated')!;
  const wrong = kind.update.envelope.slice();
  wrong[wrong.length - 1]! ^= 1;
  const bench = benchOpen();
  const update = release(firmware(4), 2);
  offer(bench.agent, { ...update, payload: update.payload.subarray(0, 9000) });
  bench.boot(Reset.Power);
  bench.since();
  t.is(offer(bench.agent, { envelope: wrong, payload: none }), Err.ImageDigest);
  t.deepEqual(bench.since(), NOTHING);
  t.is(installConfirm(bench, kind.update), 0);
  t.is(bench.status().phase, Phase.Idle);
});
