import test from 'ava';
import { encode, Tagged } from 'cborg';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { driveByRange, driveByStream, driveNow } from '../../hal/driver.ts';
import type { Receiver } from '../../hal/driver.ts';
import { splitBundle } from '../../bootloader-sim/index.ts';

/** Takes at most `take` bytes at a time, and none while `busy` polls are due after each. */
const slow = (take: number, busy: number, ranges: [number, number][]): Receiver & { got: number[] } => {
  const got: number[] = [];
  let due = 0;
  const queue = [...ranges];
  return {
    got,
    offerBegin: () => 0,
    push(bytes, from, to) {
      if (due > 0) return 0;
      due = busy;
      const length = Math.min(to - from, take);
      got.push(...bytes.subarray(from, from + length));
      return length;
    },
    poll() {
      if (due > 0) due--;
      return due > 0 ? 1 : 0;
    },
    wanted(range) {
      if (due > 0) return Err.BadState;
      const next = queue.shift();
      if (next === undefined) return 0;
      [range.offset, range.length] = next;
      return 1;
    },
  };
};

const envelope = Uint8Array.of(1, 2, 3);
const payload = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);

test('back-pressure, short answers and chunks change nothing', (t) => {
  const small = fc.integer({ min: 1, max: 40 });
  const range = fc.tuple(fc.nat(250), fc.integer({ min: 1, max: 50 }));
  fc.assert(
    fc.property(
      small,
      fc.nat(5),
      small,
      small,
      fc.array(range),
      fc.boolean(),
      (take, busy, chunk, part, ranges, stream) => {
        const agent = slow(take, busy, ranges as [number, number][]);
        const course = (stream ? driveByStream : driveByRange)(agent, envelope, { chunk });
        const result = driveNow(course, (offset, length) =>
          payload.subarray(offset, offset + Math.min(length, part)),
        );
        const expected = [...envelope];
        for (const [offset, length] of stream ? [[0, 300] as const] : ranges) {
          expected.push(...payload.subarray(offset, offset + length));
        }
        t.deepEqual(agent.got, expected);
        t.like(result, { code: 0, bytesSent: expected.length });
      },
    ),
    { numRuns: 50 },
  );
});

test('an agent that takes nothing and has nothing to do ends the course', (t) => {
  const agent = { ...slow(1, 0, []), push: () => 0 };
  t.is(driveNow(driveByRange(agent, envelope), () => payload).code, Err.PayloadTooLong);
});

test('a source that ends early', (t) => {
  const agent = slow(9, 0, [[0, 400]]);
  const source = (offset: number, length: number): Uint8Array => payload.subarray(offset, offset + length);
  t.is(driveNow(driveByRange(agent, envelope), source).code, Err.PayloadTooShort);
});

test('the driver stops when the board is gone', (t) => {
  const agent = slow(9, 0, [[0, 300]]);
  const result = driveNow(driveByRange(agent, envelope, { alive: (sent) => sent < 30 }), () => payload);
  t.is(result.code, Err.Cancelled);
  t.true(agent.got.length < 40);
});

for (const call of ['offerBegin', 'push', 'poll', 'wanted'] as const) {
  test(`a code from ${call} ends the course`, (t) => {
    const agent = { ...slow(9, 0, [[0, 300]]), [call]: () => Err.SignatureWrong };
    t.is(driveNow(driveByRange(agent, envelope), () => payload).code, Err.SignatureWrong);
  });
}

test('a bundle splits where its first CBOR item ends', (t) => {
  const content = new Map<number | string, unknown>([
    [2, Uint8Array.of(1)],
    ['#image', new Uint8Array(300)],
  ]);
  for (const bytes of [encode(content), encode(new Tagged(107, content))]) {
    const update = splitBundle(Buffer.concat([bytes, payload]));
    t.deepEqual(Buffer.from(update.envelope), Buffer.from(bytes));
    t.deepEqual(Buffer.from(update.payload), Buffer.from(payload));
    t.is(splitBundle(bytes.subarray(0, 20)).payload.length, 0);
  }
});
