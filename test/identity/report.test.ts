import test from 'ava';
import fc from 'fast-check';
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import { openLedger, openReporter, REPORT_MAX } from '../../hal/identity/index.ts';
import type { Identity, ReporterOptions } from '../../hal/identity/index.ts';
import { lwm2mResult, suitReason } from '../../hal/result.ts';
import { cborDecode, cborEncode, Tagged } from '../../publisher/cbor.ts';
import { explainAll, PublishError, reportRead, reportVerify } from '../../publisher/index.ts';
import type { ReportExpected, ReportKey } from '../../publisher/index.ts';
import { flashOf, geometries } from '../journal/_journal.ts';
import { DEVICE, fullIdentity, id } from './_identities.ts';
import { ALGORITHMS, factsOf, failedFacts, optionsOf, reportBy, reported, reportKeyOf } from './_reports.ts';

test('the device says of each code what the publisher says', (t) => {
  for (const { code, name, suitReason: reason, lwm2mResult: result } of explainAll()) {
    t.is(suitReason(code), reason, name);
    t.is(lwm2mResult(code), result, name);
  }
  t.is(suitReason(0), 0);
  for (const code of [-7, -300, 5, NaN]) {
    t.is(suitReason(code), 11, String(code));
    t.is(lwm2mResult(code), 8, String(code));
  }
});

for (const algorithm of ALGORITHMS) {
  test(`${algorithm}: what the device says is what the server reads`, (t) => {
    const nonce = Uint8Array.from({ length: 16 }, (_, i) => i);
    const bytes = reported(algorithm, factsOf({ nonce, source: Err.SourceWithholds }));
    const view = reportVerify(bytes, reportKeyOf(algorithm), { device: DEVICE, after: 40, nonce });
    t.like(view, {
      counter: 41,
      code: Err.CheckFailed,
      suitReason: 10,
      lwm2mResult: lwm2mResult(Err.CheckFailed),
      source: Err.SourceWithholds,
      event: {
        event: Event.Reverted,
        code: Err.CheckFailed,
        detail: 9,
        cause: 5,
        slot: 1,
        attempts: 2,
        boots: 3,
        from: 6,
        to: 7,
        check: 'mqtt connects',
      },
    });
    t.deepEqual(
      [view.device, view.nonce, view.manifestDigest],
      [DEVICE, nonce, new Uint8Array(32).fill(0x66)],
    );
    const { digest, ...running } = view.running;
    t.deepEqual(running, { sequence: 7, securityVersion: 3, floor: 2, accepted: 7, trial: 0 });
    t.deepEqual(digest, new Uint8Array(32).fill(0x77));
    // Deterministic: reading and writing it anew gives the same bytes.
    t.deepEqual(cborEncode(cborDecode(bytes, 'report')), bytes);
    t.deepEqual(cborEncode(cborDecode(view.message.payload, 'report')), view.message.payload);
  });
}

test('what the result is about: a failed session before what happened, and that before what runs', (t) => {
  const about = (facts: ReturnType<typeof factsOf>): unknown[] => {
    const { code, manifestDigest, lwm2mResult: result } = reportRead(reported('hmac-256', facts));
    return [code, manifestDigest[0], result];
  };
  t.deepEqual(about(failedFacts(Err.SignatureWrong)), [Err.SignatureWrong, 0x55, 5]);
  t.deepEqual(about(factsOf()), [Err.CheckFailed, 0x66, 8]);
  const confirmed = factsOf();
  Object.assign(confirmed.report, { event: Event.Confirmed, code: 0 });
  t.deepEqual(about(confirmed), [0, 0x66, 1]);
  const fresh = factsOf();
  fresh.report.event = Event.None;
  t.deepEqual(about(fresh), [0, 0x77, 0]);
});

test('the longest report fits its room', (t) => {
  const most = 2 ** 53 - 1;
  const status = {
    ...statusNew(),
    sequence: most,
    securityVersion: 2 ** 32 - 1,
    floor: 2 ** 32 - 1,
    accepted: most,
  };
  const report = { ...reportNew(), event: 4, code: -255, detail: 255, cause: 7, slot: 255, attempts: 255 };
  Object.assign(report, { boots: 255, from: most, to: most });
  report.check.fill(0x61);
  const options = optionsOf('esp256', {
    keyId: new Uint8Array(32).fill(1),
    device: new Uint8Array(32).fill(2),
    counter: { next: () => most },
    identity: { ...fullIdentity(), sign: () => 64 } satisfies Identity,
  });
  const bytes = reportBy(options, { status, report, nonce: new Uint8Array(64), source: -255 });
  if (typeof bytes === 'number') return t.fail(`code ${bytes}`);
  t.true(bytes.length <= REPORT_MAX);
  t.like(reportRead(bytes), { counter: most, code: -255 });
});

const bad = (key: ReportKey, change: (key: Uint8Array) => void): ReportKey => {
  const own = key.key.slice();
  change(own);
  return { ...key, key: own };
};

const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const own = bytes.slice();
  own[at < 0 ? own.length + at : at]! ^= 1;
  return own;
};

const esp = reportKeyOf('esp256');
const mac = reportKeyOf('hmac-256');
const refusals: readonly (readonly [string, () => unknown, string])[] = [
  ['replayed', () => reportVerify(reported('esp256'), esp, { after: 41 }), 'counter'],
  ['older', () => reportVerify(reported('esp256'), esp, { after: 2 ** 50 }), 'counter'],
  ['without the nonce', () => reportVerify(reported('esp256'), esp, { nonce: new Uint8Array(8) }), 'nonce'],
  [
    'with another nonce',
    () =>
      reportVerify(reported('esp256', factsOf({ nonce: new Uint8Array(8) })), esp, {
        nonce: new Uint8Array(8).fill(1),
      }),
    'nonce',
  ],
  ['of another device', () => reportVerify(reported('esp256'), esp, { device: Uint8Array.of(1) }), 'device'],
  ['a bit of the signature', () => reportVerify(flip(reported('esp256'), -1), esp), 'proof'],
  ['a bit of the payload', () => reportVerify(flip(reported('esp256'), 60), esp), 'proof'],
  ['a bit of a MAC', () => reportVerify(flip(reported('hmac-256'), -1), mac), 'proof'],
  [
    'under another secret',
    () =>
      reportVerify(
        reported('hmac-256'),
        bad(mac, (key) => (key[0]! ^= 1)),
      ),
    'proof',
  ],
  ['a MAC where a signature is due', () => reportVerify(reported('hmac-256'), esp), 'proof'],
  ['a shorter MAC than is due', () => reportVerify(reported('hmac-256-64'), mac), 'proof'],
  ['of another curve', () => reportVerify(reported('ed25519'), esp), 'proof'],
  [
    'a MAC under the bytes of a public key',
    () => {
      const key = esp.key.subarray(0, 64);
      const identity = fullIdentity();
      identity.mac = (algorithm, _keyId, message, into) => {
        const made = optionsOf('hmac-256').identity;
        return made.mac(algorithm, id('HMAC 1'), message, into);
      };
      return reportVerify(reportBy(optionsOf('hmac-256', { identity })) as Uint8Array, { ...esp, key });
    },
    'proof',
  ],
  [
    'named by another key id',
    () => reportVerify(reported('esp256'), { ...esp, keyId: Uint8Array.of(1) }),
    'key id',
  ],
];

for (const [what, run, field] of refusals) {
  test(`refused, exit 1: ${what}`, (t) => {
    const error = t.throws(run, { instanceOf: PublishError });
    t.is(error?.field, field);
    t.is(error?.exit, 1);
  });
}

test('a MAC cut short is no shorter algorithm', (t) => {
  const message = cborDecode(reported('hmac-256'), 'report') as Tagged;
  const items = message.value as Uint8Array[];
  items[3] = items[3]!.subarray(0, 8);
  const error = t.throws(() => reportVerify(cborEncode(message), mac), { instanceOf: PublishError });
  t.is(error?.field, 'proof');
});

const wrong: readonly (readonly [string, Partial<ReporterOptions>, number])[] = [
  ['no key', { keyId: id('nobody') }, Err.KeyMissing],
  ['a counter that fails', { counter: { next: () => Err.LedgerFailed } }, Err.LedgerFailed],
  [
    'a counter that throws',
    {
      counter: {
        next: () => {
          throw new Error('flash');
        },
      },
    },
    Err.PortFailed,
  ],
  ['a chip that answers short', { identity: { ...fullIdentity(), sign: () => 63 } }, Err.IdentityFailed],
  ['a chip that answers NaN', { identity: { ...fullIdentity(), sign: () => NaN } }, Err.IdentityFailed],
];

for (const [what, more, code] of wrong) {
  test(`no report: ${what}`, (t) => {
    t.is(reportBy(optionsOf('esp256', more)), code);
  });
}

test('no report into too little room, or for a nonce that is none', (t) => {
  const reporter = openReporter(optionsOf('esp256'));
  t.is(reporter.write(new Uint8Array(REPORT_MAX - 1), factsOf()), Err.BadArgument);
  for (const length of [0, 7, 65])
    t.is(
      reporter.write(new Uint8Array(REPORT_MAX), factsOf({ nonce: new Uint8Array(length) })),
      Err.BadArgument,
    );
  t.throws(() => openReporter(optionsOf('esp256', { algorithm: -8 })), { instanceOf: RangeError });
  t.throws(() => openReporter(optionsOf('esp256', { device: new Uint8Array(33) })), {
    instanceOf: RangeError,
  });
  t.throws(() => openReporter(optionsOf('esp256', { keyId: new Uint8Array(0) })), { instanceOf: RangeError });
});

test('reports of a board that loses power: each is newer than the one before, as the server sees it', (t) => {
  const flash = flashOf(geometries[1]!);
  let last = 0;
  let reports = 0;
  let cuts = 0;
  for (let operation = 0; operation < 24; operation++) {
    flash.power.powerOn();
    flash.power.cutAt({ operation: operation % 6, where: 'inside', seed: operation + 1 });
    for (const powered of [true, false]) {
      if (!powered) flash.power.powerOn();
      const counter = openLedger({ partition: flash }, undefined);
      const bytes = reportBy(optionsOf('hmac-256', { counter }));
      if (typeof bytes === 'number') {
        t.is(bytes, Err.LedgerFailed);
        continue;
      }
      const { counter: number } = reportVerify(bytes, mac, { after: last });
      t.throws(() => reportVerify(bytes, mac, { after: number }), { instanceOf: PublishError });
      last = number;
      reports++;
    }
    if (flash.power.cutFired) cuts++;
  }
  t.true(reports >= 24 && cuts > 8, `${reports} reports, ${cuts} cuts`);
});

test('whatever bytes come, the server refuses them in words', (t) => {
  const good = reported('esp256', factsOf({ nonce: new Uint8Array(8), source: 0 }));
  const expected: ReportExpected = { after: 0 };
  const judge = (bytes: Uint8Array): void => {
    for (const run of [() => reportRead(bytes), () => reportVerify(bytes, esp, expected)]) {
      try {
        run();
      } catch (error) {
        if (!(error instanceof PublishError)) throw error;
      }
    }
  };
  for (let at = 0; at < good.length; at++) {
    for (const bit of [1, 0x20, 0x80]) {
      const changed = good.slice();
      changed[at]! ^= bit;
      judge(changed);
      t.throws(() => reportVerify(changed, esp, expected), { instanceOf: PublishError }, `byte ${at}`);
    }
    judge(good.subarray(0, at));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), judge), { numRuns: 300 });
  t.pass();
});
