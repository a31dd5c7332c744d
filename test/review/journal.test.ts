import test from 'ava';
import { Event, Ok, openAgent } from '../../agent/index.ts';
import {
  PAYLOAD_AT,
  RecordType,
  recordCheck,
  recordClose,
  recordPayload,
  recordSequence,
  recordType,
} from '../../agent/format/record.ts';
import { benchOpen, install, installConfirm } from '../_bench.ts';
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

test('a journal that cannot be read at open is not written over with nothing', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, release(firmware(2, 9000), 2)), Ok);
  bench.boot();
  const flash = bench.flash.devices['flash']!;
  flash.fault = {
    read: (_into, offset) => {
      if (offset < 3 * 4096) throw new Error('bus');
    },
  };
  const agent = openAgent(bench.ports, bench.config);
  flash.fault = null;
  t.true(agent.offerBegin() < 0);
  t.true(agent.revert() < 0);
  t.true(agent.forgive() < 0);
  bench.boot();
  t.is(bench.decision.slot, 1);
  t.is(bench.status().accepted, 2);
  t.is(bench.report().event, Event.Confirmed);
});
