import test from 'ava';
import { Err, openAgent } from '../../agent/index.ts';
import { benchOpen, install, installConfirm, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import type { Update } from '../../bootloader-sim/index.ts';

const image = firmware(2, 30_000);
const MAX = 1024;

/** An update with an envelope of so many bytes. */
const update = (length: number, sequence: number, format: 'framed' | 'plain' = 'framed'): Update => {
  const more = (letters: number): Update => release(image, sequence, { format, uri: 'u'.repeat(letters) });
  let letters = length - 500;
  // The heads of what it is in grow with it: not always by the letter.
  for (let tries = 0; tries < 10; tries++) {
    const made = more(letters);
    if (made.envelope.length === length) return made;
    letters += length - made.envelope.length;
  }
  throw new Error(`no envelope of ${length} bytes`);
};

for (const format of ['framed', 'plain'] as const)
  for (const mode of ['stream', 'range'] as const)
    for (const chunk of [7, 4096])
      test(`${format}, ${mode}, ${chunk} bytes a call: an envelope as long as the board takes, and longer`, (t) => {
        const bench = benchOpen({ config: { envelopeMax: MAX } });
        t.is(offer(bench.agent, update(MAX + 1, 2, format), { mode, chunk }), Err.EnvelopeTooLong);
        t.is(bench.since().erases, 0);
        t.is(installConfirm(bench, update(MAX, 2, format), { mode, chunk }), 0);
        t.is(bench.status().sequence, 2);
      });

test('an envelope that a slot holds already may be longer', (t) => {
  const bench = benchOpen({
    config: { envelopeMax: 512 },
    image,
    factory: { uri: 'u'.repeat(3000) },
  });
  t.is(bench.status().sequence, 1);
  const next = release(image, 2);
  t.true(next.envelope.length <= 512);
  t.is(installConfirm(bench, next), 0);
  t.is(bench.agent.revert(), 0);
  t.is(bench.boot(), 0);
  t.is(bench.status().sequence, 1);
  t.is(install(bench, next), 0);
});

for (const envelopeMax of [0, 511, 600.5, 4097, -1, NaN, Infinity])
  test(`a board cannot take envelopes of ${envelopeMax} bytes`, (t) => {
    const bench = benchOpen();
    const wrong = { ...bench.config, envelopeMax };
    t.throws(() => openAgent(bench.ports, wrong), { instanceOf: RangeError, message: /envelope/ });
  });
