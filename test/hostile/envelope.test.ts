import test from 'ava';
import { Err, Phase } from '../../agent/index.ts';
import { NOTHING, benchOpen, offer, offerEnvelope } from '../_bench.ts';
import { kinds, vectorKinds, vectorsHere } from './_envelopes.ts';

if (!vectorsHere) {
  test('envelopes of others: left out, not present', (t) => {
    t.log('no ../shared/vectors/suit');
    t.pass();
  });
}

for (const kind of [...kinds, ...vectorKinds]) {
  const { envelope } = kind.update;

  test(`${kind.name}: every flip of a bit is refused before anything is touched`, (t) => {
    const bench = benchOpen(kind);
    const codes = new Map<number, number>();
    const bytes = envelope.slice();
    for (let bit = 0; bit < 8 * envelope.length; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const code = offerEnvelope(bench.agent, bytes);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (!(code < 0)) t.fail(`bit ${bit & 7} of byte ${bit >> 3} gives ${code}`);
      if (!(bench.agent.activate() < 0)) t.fail(`bit ${bit & 7} of byte ${bit >> 3} is activated`);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    t.deepEqual(bench.since(), NOTHING);
    // Both kinds of change must have been among them: of what is signed, and of the signature.
    t.true(codes.has(Err.ManifestDigest) && codes.has(Err.SignatureWrong));
  });

  test(`${kind.name}: every truncation is too short`, (t) => {
    const bench = benchOpen(kind);
    for (let length = 0; length < envelope.length; length++) {
      const code = offerEnvelope(bench.agent, envelope.subarray(0, length));
      const activated = bench.agent.activate();
      if (code !== Err.EnvelopeTooShort || activated !== Err.EnvelopeTooShort) {
        t.fail(`${length} bytes of ${envelope.length} give ${code} and ${activated}`);
      }
    }
    t.deepEqual(bench.since(), NOTHING);
    t.is(bench.status().phase, Phase.Envelope);
  });
}

for (const kind of kinds) {
  test(`${kind.name}: unchanged it installs, also after all that`, (t) => {
    const bench = benchOpen(kind);
    const bytes = kind.update.envelope.slice();
    for (let at = 0; at < bytes.length; at += 7) {
      bytes[at]! ^= 0x10;
      t.true(offerEnvelope(bench.agent, bytes) < 0);
      bytes[at]! ^= 0x10;
    }
    const payload = kind.update.payload;
    t.is(offer(bench.agent, { envelope: bytes, payload: kind.second ?? payload }), 0);
    t.is(bench.status().phase, Phase.Staged);
    t.is(bench.agent.activate(), 0);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 1, trial: true, sequence: 2 });
  });
}
