/** What the HTTP side reads of strangers, drawn: headers, and JSON of any shape. */
import test from 'ava';
import fc from 'fast-check';
import { readData, readFeedback } from '../../gateway/downstream/ddi-said.ts';
import { actionOf } from '../../gateway/downstream/ddi-documents.ts';
import { filePlan, tagOf } from '../../gateway/downstream/http-file.ts';
import { tokensOf } from '../../gateway/downstream/http-tokens.ts';
import { tokenHash } from '../../gateway/config/secrets.ts';
import type { WorkRecord } from '../../gateway/contract.ts';
import { configDataText, feedbackText, proofLines } from '../../hal/hawkbit/index.ts';

const DIGEST = 'ab'.repeat(32);
const range = fc.oneof(
  fc.string(),
  fc.tuple(fc.nat(2000), fc.nat(2000)).map(([from, to]) => `bytes=${from}-${to}`),
  fc.nat(2000).map((from) => `bytes=${from}-`),
  fc.nat(2000).map((last) => `bytes=-${last}`),
  fc
    .array(fc.constantFrom('bytes=', '-', ',', '1', '9', ' '), { maxLength: 8 })
    .map((parts) => parts.join('')),
);
const condition = fc.oneof(fc.string(), fc.constantFrom('*', tagOf(DIGEST), `W/${tagOf(DIGEST)}`, '"x"'));

test('whatever is asked of a file, what is answered lies within it', (t) => {
  const headers = fc.record(
    { range, 'if-range': condition, 'if-none-match': condition },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(headers, fc.nat(1500), (asked, size) => {
      const { status, from, to } = filePlan(asked, size, DIGEST);
      t.true(from >= 0 && from <= to && to <= size);
      if (status === 200) t.deepEqual([from, to], [0, size]);
      if (status === 206) t.true(to > from && asked.range !== undefined);
      if (status === 416) t.true(asked.range !== undefined);
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(asked.range ?? '') ?? [];
      if (first === undefined || status !== 206) return;
      t.is(from, Number(first));
      t.is(to, Math.min(Number(last) + 1, size));
    }),
  );
});

const wild = fc.anything({ withNullPrototype: true });
const near = fc.record(
  {
    status: fc.record(
      {
        execution: fc.oneof(fc.constantFrom('closed', 'proceeding'), wild),
        result: fc.oneof(fc.record({ finished: fc.oneof(fc.constantFrom('success', 'none'), wild) }), wild),
        details: fc.oneof(fc.array(fc.oneof(fc.string(), fc.constant('report:AAAA'), wild)), wild),
      },
      { requiredKeys: [] },
    ),
    data: fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.string(), wild)), wild),
  },
  { requiredKeys: [] },
);

test('bodies of any shape are read or refused, and nothing of them is longer than it may be', (t) => {
  fc.assert(
    fc.property(fc.oneof(wild, near), (body) => {
      const said = readFeedback(body);
      if (said !== undefined) {
        t.true(['success', 'failure', 'none'].includes(said.finished));
        t.true(said.words.length <= 400 && (said.report?.length ?? 0) <= 512);
      }
      const data = readData(body);
      if (data === undefined) return;
      t.true((data.report?.length ?? 0) <= 512);
      t.true((data.claims.battery ?? 0) <= 100 && (data.claims.profile?.length ?? 0) <= 32);
    }),
  );
});

test('what a device of ours writes is read as it was meant: its report, its words, its attributes', (t) => {
  const report = fc.uint8Array({ minLength: 1, maxLength: 512 });
  const words = fc.array(fc.stringMatching(/^[a-z][a-z ]{0,8}[a-z]$/), { maxLength: 4 });
  fc.assert(
    fc.property(report, words, fc.constantFrom('success', 'failure', 'none'), (bytes, lines, finished) => {
      const details = [...lines, ...proofLines(bytes, bytes.length)];
      const text = feedbackText({ execution: 'closed', finished, count: 0, total: 0, code: 0, details });
      const said = readFeedback(JSON.parse(text));
      t.deepEqual(said, { execution: 'closed', finished, words: lines.join('; '), report: bytes });
    }),
  );
  const data = readData(
    JSON.parse(
      configDataText([
        ['battery', '7'],
        ['board', 'x'],
        ['staged', DIGEST],
      ]),
    ),
  );
  t.deepEqual(data, {
    report: undefined,
    claims: { battery: 7, sleeps: undefined, profile: undefined, staged: DIGEST },
  });
});

test('a token opens its own device; nothing else opens any', (t) => {
  const token = fc.stringMatching(/^[!-~]{1,40}$/);
  fc.assert(
    fc.property(fc.uniqueArray(token, { minLength: 1, maxLength: 4 }), fc.string(), (all, other) => {
      const tokens = tokensOf(all.map((one, i) => [`d${i}`, tokenHash(one)] as const));
      for (const [i, one] of all.entries())
        t.deepEqual(tokens.shown(`TargetToken ${one}`), { kind: 'device', id: `d${i}` });
      if (all.every((one) => other !== `TargetToken ${one}`)) t.not(tokens.shown(other).kind, 'device');
    }),
  );
  t.deepEqual(tokensOf([['d', undefined]]).shown(`TargetToken ${''}`), { kind: 'wrong' });
});

test('an action is a number of 31 bits, whatever the server calls it', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.nat().map(String)),
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      (id, order) => {
        const action = actionOf({ work: { id }, order } as WorkRecord);
        t.regex(action, /^\d{1,10}$/);
        t.true(Number(action) > 0 && Number(action) < 2 ** 31);
        if (/^[1-9]\d{0,8}$/.test(id)) t.is(action, id);
      },
    ),
  );
});
