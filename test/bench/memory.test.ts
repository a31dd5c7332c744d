import test from 'ava';
import { random } from '../../hal/node/faults.ts';
import { countingRealm } from '../../bench/counting-realm.ts';
import { receiveAllocations } from '../../bench/memory.ts';

const KiB = 1024;
/** What the agent may hold in typed arrays: two blocks, and 4 KiB for all else. */
const HELD_MAX = 12 * KiB;
/** A read back compares a block in pieces of 288 bytes, and each may need a view; and some to spare. */
const VIEWS_MAX = 24;
const SIZES = [100 * KiB, 300 * KiB, 1024 * KiB];

/** Half noise, half runs, so that some frames are stored and some deflated. */
const imageOf = (length: number): Uint8Array => {
  const next = random(7);
  return Uint8Array.from({ length }, (_, at) => (at & 4096 ? next() : at >> 6) & 0xff);
};

// what is done, buffers, bytes, views
const PLANTED: readonly (readonly [string, (U: Uint8ArrayConstructor) => unknown, number, number, number])[] =
  [
    ['a length', (U) => new U(100), 1, 100, 0],
    ['numbers', (U) => new U([1, 2, 3]), 1, 3, 0],
    ['a copy', (U) => new U(new Uint8Array(5)), 1, 5, 0],
    ['a view on a buffer', (U) => new U(new ArrayBuffer(9)), 0, 0, 1],
  ];

test('the realm counts what is allocated in it', async (t) => {
  const { Uint8Array: Counted, allocations } = await countingRealm();
  for (const [what, make, buffers, bytes, views] of PLANTED) {
    const before = { ...allocations };
    make(Counted);
    t.deepEqual(
      [
        allocations.buffers - before.buffers,
        allocations.bytes - before.bytes,
        allocations.views - before.views,
      ],
      [buffers, bytes, views],
      what,
    );
  }
  const some = new Counted(8);
  const before = { ...allocations };
  t.is(some.subarray(2, 4).length, 2);
  t.is(some.slice(2, 5).length, 3);
  t.deepEqual(allocations, {
    buffers: before.buffers + 1,
    bytes: before.bytes + 3,
    views: before.views + 1,
  });
});

test('push and poll make no buffer, and few views in a call, whatever the size of the image', async (t) => {
  const measured = [];
  for (const size of SIZES) measured.push(await receiveAllocations(imageOf(size)));
  for (const { imageSize, open, receive, calls, mostViews } of measured) {
    const size = `${imageSize} bytes`;
    t.deepEqual([receive.buffers, receive.bytes], [0, 0], size);
    t.true(mostViews <= VIEWS_MAX, `${size}: ${mostViews} views in one call`);
    t.true(calls > imageSize / (4 * KiB), `${size}: it was received`);
    t.deepEqual(open, measured[0]!.open, `${size}: open takes the same`);
    t.true(open.bytes > 2 * 4096 && open.bytes <= HELD_MAX, `${open.bytes} bytes held`);
  }
});
