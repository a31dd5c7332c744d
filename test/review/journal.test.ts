import test from 'ava';
import { Ok } from '../../agent/index.ts';
import {
  PAYLOAD_AT,
  RecordType,
  recordCheck,
  recordClose,
  recordPayload,
  recordSequence,
  recordType,
} from '../../agent/format/record.ts';
import { benchOpen, install } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

test('states of a version that is not known are a lost journal, and no endless search', (t) => {
  const bench = benchOpen();
  const { partition } = bench.flash.journal;
  const { size, blocks } = partition.status();
  const bytes = new Uint8Array(size);
  partition.read(bytes, 0);
  for (let at = 0; at < size; at += 4) {
    const length = recordCheck(bytes, at, size);
    if (length === 0 || recordType(bytes, at) !== RecordType.State) continue;
    const record = bytes.subarray(at, at + length);
    record[PAYLOAD_AT] = 2;
    recordClose(record, RecordType.State, recordSequence(record, 0), recordPayload(record, 0));
  }
  partition.eraseBlock(0, blocks);
  partition.write(bytes, 0);
  t.is(bench.boot(), Ok);
  t.is(bench.decision.slot, 0);
  t.is(install(bench, release(firmware(2, 9000), 2)), Ok);
  t.is(bench.decision.slot, 1);
});
