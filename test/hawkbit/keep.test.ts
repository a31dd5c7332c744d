/** The record of an action, and when a device asks again. */
import test from 'ava';
import fc from 'fast-check';
import { HAWKBIT_KEEP_MAX, POLL_BOUNDS, Stage } from '../../hal/hawkbit/index.ts';
import { Flag, keepRead, keepWrite, keptForget, keptNew } from '../../hal/hawkbit/keep.ts';
import type { Kept } from '../../hal/hawkbit/keep.ts';
import { pollWait, retryWait } from '../../hal/hawkbit/wait.ts';
import { KEEP_MAX } from '../../hal/keep/index.ts';

const kept = fc.record({
  id: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
  stage: fc.integer({ min: Stage.Fetching, max: Stage.Failure }),
  told: fc.integer({ min: 0, max: Stage.Failure }),
  flags: fc.integer({ min: 0, max: Flag.Proven | Flag.Again }),
  code: fc.integer({ min: -65_535, max: 0 }).map((code) => 0 - (0 - code)),
  before: fc.integer({ min: 0, max: 0xffffffff }),
  data: fc.integer({ min: 0, max: 0xffffffff }),
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

test('it is read as it was written; cut, longer or with any byte altered it is none', (t) => {
  t.true(HAWKBIT_KEEP_MAX <= KEEP_MAX, 'it fits the port in flash');
  fc.assert(
    fc.property(kept, fc.nat(), fc.integer({ min: 1, max: 255 }), (one: Kept, at, bits) => {
      const room = new Uint8Array(HAWKBIT_KEEP_MAX + 1);
      const length = keepWrite(one, room);
      t.is(length, 53 + one.id.length);
      const read = keptNew();
      t.true(keepRead(read, room, length));
      t.deepEqual(read, one);
      const untouched = keptNew();
      for (const wrong of [0, 1, length - 1, length + 1]) t.false(keepRead(untouched, room, wrong));
      room[at % length]! ^= bits;
      t.false(keepRead(untouched, room, length), `byte ${at % length} ^ ${bits}`);
      t.deepEqual(untouched, keptNew());
    }),
  );
});

test('nothing assigned is a record, too; what is longer than any port gives is none', (t) => {
  const room = new Uint8Array(HAWKBIT_KEEP_MAX);
  const empty = { ...keptNew(), data: 7 };
  t.is(keepWrite(empty, room), 53);
  const read = keptNew();
  t.true(keepRead(read, room, 53));
  t.is(read.data, 7);
  t.false(keepRead(read, room, HAWKBIT_KEEP_MAX + 9));
});

test('an action that is forgotten leaves what the server knows of the device', (t) => {
  const one = { ...keptNew(), id: '7', stage: Stage.Success, code: -5, data: 9 };
  keptForget(one);
  t.deepEqual(one, { ...keptNew(), data: 9 });
});

const share = fc.double({ min: 0, max: 0.999999, noNaN: true });

test('the interval is the server’s, within bounds, and by chance shorter, never longer', (t) => {
  const { least, most, usual, jitter } = POLL_BOUNDS;
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 200_000 }), share, (sleep, random) => {
      const wait = pollWait(sleep, POLL_BOUNDS, random) / 1000;
      const interval = Math.min(most, Math.max(least, sleep < 0 ? usual : sleep));
      t.true(wait <= interval && wait >= interval * (1 - jitter) - 0.001, `${sleep} ${random}: ${wait}`);
    }),
  );
});

test('behind failures it is doubled up to the usual, and what the server asks for is kept to', (t) => {
  const { retry, usual, most } = POLL_BOUNDS;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(200_000), share, (failures, asked, random) => {
      const wait = retryWait(failures, asked, POLL_BOUNDS, random) / 1000;
      const grown = Math.min(usual, retry * 2 ** Math.min(20, failures - 1));
      t.true(wait >= Math.min(asked, most) && wait >= grown / 2 - 0.001);
      t.true(wait <= Math.max(grown, Math.min(Math.max(asked, POLL_BOUNDS.least), most)));
    }),
  );
  t.is(retryWait(1, 0, POLL_BOUNDS, 0), 2500);
});
