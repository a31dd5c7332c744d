import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { OFTEN_AT, WAIT_LENGTH, waitNew, waitRead, waitWrite } from '../../agent/moment/record.ts';
import type { Wait } from '../../agent/moment/record.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const hold = fc.record({ until: u32, waited: u32, wakes: u16 });

const waits: fc.Arbitrary<Wait> = fc.record({
  flags: u8,
  postponed: u8,
  moment: u8,
  code: u8,
  reason: u8,
  wakes: u16,
  waited: u32,
  idleWakes: u16,
  idle: u32,
  last: u32,
  postpone: hold,
  schedule: hold,
  veto: hold.map((one) => ({ ...one, until: 0 })),
  sequence: fc.maxSafeNat(),
  digest: fc.uint8Array({ minLength: 16, maxLength: 16 }),
});

const written = (wait: Wait): Uint8Array => {
  const bytes = new Uint8Array(WAIT_LENGTH).fill(0xaa);
  waitWrite(wait, bytes);
  return bytes;
};

test('a record is read as it was written, and with a bit turned it is none', (t) => {
  fc.assert(
    fc.property(waits, fc.integer({ min: 0, max: WAIT_LENGTH * 8 - 1 }), (wait, bit) => {
      const bytes = written(wait);
      const back = waitNew();
      t.is(waitRead(bytes, back), 0);
      t.deepEqual(back, wait);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      t.is(waitRead(bytes, back), Err.RecordLost);
      t.deepEqual(back, waitNew());
    }),
  );
});

test('the bytes of docs/SPEC.md section 11', (t) => {
  const wait = waitNew();
  Object.assign(wait, { flags: 3, postponed: 1, moment: 2, code: 170, reason: 7 });
  Object.assign(wait, { wakes: 0x0102, waited: 0x03040506 });
  Object.assign(wait, { idleWakes: 0x0708, idle: 0x090a0b0c, last: 0x0d0e0f10, sequence: 2 ** 32 + 5 });
  Object.assign(wait.postpone, { until: 0x11121314, waited: 0x15161718, wakes: 0x191a });
  Object.assign(wait.schedule, { until: 0x1b1c1d1e, waited: 0x1f202122, wakes: 0x2324 });
  Object.assign(wait.veto, { waited: 0x25262728, wakes: 0x292a });
  wait.digest.fill(0xdd);
  const hex = Buffer.from(written(wait)).toString('hex');
  t.is(WAIT_LENGTH, 80);
  t.is(OFTEN_AT, 62);
  const soft = '02aa0700' + '0807' + '06050403' + '0c0b0a09' + '100f0e0d';
  const hard = '46585731' + '0301' + '0201' + '1a19' + '2423' + '2a29';
  const holds = '14131211' + '18171615' + '1e1d1c1b' + '2221201f' + '28272625';
  t.is(hex.slice(0, -8), `${hard}${holds}0500000001000000${'dd'.repeat(16)}${soft}`);
});

test('what is too long for its field is the most that goes in; what is short is no record', (t) => {
  const wait = waitNew();
  Object.assign(wait, { wakes: 70_000, waited: 2 ** 40, postponed: 300 });
  const back = waitNew();
  t.is(waitRead(written(wait), back), 0);
  t.like(back, { wakes: 0xffff, waited: 0xffffffff, postponed: 0xff });
  for (let length = 0; length < WAIT_LENGTH; length++) {
    t.is(waitRead(written(wait).subarray(0, length), back), Err.RecordLost);
  }
});
