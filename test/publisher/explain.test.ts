import test from 'ava';
import * as Err from '../../agent/err.ts';
import { explain, explainAll, explainText, PublishError } from '../../publisher/index.ts';

test('every code has a row, and says something of its own', (t) => {
  const rows = explainAll();
  t.deepEqual(rows.map((row) => row.name).sort(), Object.keys(Err).sort());
  t.is(new Set(rows.map((row) => row.code)).size, rows.length);
  t.is(new Set(rows.map((row) => row.sentence)).size, rows.length);
  for (const row of rows) {
    t.regex(row.sentence, /^[A-Z].{15,}\.$/, row.name);
    t.regex(row.advice, /^[A-Za-z].{10,}\.$/, row.name);
    t.true(Number.isInteger(row.suitReason) && row.suitReason >= 0 && row.suitReason <= 12, row.name);
    t.true(Number.isInteger(row.lwm2mResult) && row.lwm2mResult >= 0 && row.lwm2mResult <= 11, row.name);
    t.deepEqual(explain(row.code), row);
  }
});

test('a code is found by number, with or without sign, and by name', (t) => {
  for (const text of ['-63', '63', 'SequenceOld', 'sequenceold'])
    t.is(explainText(text).code, Err.SequenceOld);
  t.is(t.throws(() => explainText('-9999'), { instanceOf: PublishError })?.exit, 2);
  t.is(explain(0), undefined);
});
