import test from 'ava';
import { resultOf, Result } from '../../hal/lwm2m/index.ts';
import { resultOfRevert } from '../../hal/lwm2m/firmware/result.ts';
import { explainAll, Lwm2mResult } from '../../publisher/explain.ts';

test('each code comes to the result that the table of codes names', (t) => {
  const all = explainAll();
  t.true(all.length > 80);
  const wrong = all
    .filter(({ code, lwm2mResult }) => resultOf(code) !== lwm2mResult)
    .map(({ code, name, lwm2mResult }) => `${code} ${name}: ${resultOf(code)}, not ${lwm2mResult}`);
  t.deepEqual(wrong, []);
});

test('a code that is not in the table is a failure', (t) => {
  for (const code of [-9, -1000, 0, Number.NaN]) t.is(resultOf(code), Result.Failed);
});

test('the numbers of the results are the same on both sides', (t) => {
  t.deepEqual(Object.values(Result), Object.values(Lwm2mResult));
});

test('a revert is never told as anything but a failure', (t) => {
  for (const { code, name } of explainAll()) {
    t.true([Result.Failed, Result.Integrity].includes(resultOfRevert(code) as 5 | 8), name);
  }
});
