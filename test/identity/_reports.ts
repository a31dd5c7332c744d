import { Event, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import { openReporter, REPORT_MAX } from '../../hal/identity/index.ts';
import type { ReportCounter, ReporterOptions, ReportFacts } from '../../hal/identity/index.ts';
import { reportAlgorithms } from '../../publisher/index.ts';
import type { ReportAlgorithm, ReportKey } from '../../publisher/index.ts';
import { DEVICE, fullIdentity, id } from './_identities.ts';

export const counterFrom = (first: number): ReportCounter => {
  let number = first;
  return { next: () => number++ };
};

export const KEY_NAMES: Readonly<Record<ReportAlgorithm, string>> = {
  ed25519: 'Ed25519 1',
  esp256: 'ESP256 1',
  'hmac-256': 'HMAC 1',
  'hmac-256-64': 'HMAC 1',
};

export const ALGORITHMS = Object.keys(KEY_NAMES) as ReportAlgorithm[];

/** What the server has of the identity of _identities.ts. */
export const reportKeyOf = (algorithm: ReportAlgorithm): ReportKey => {
  const keyId = id(KEY_NAMES[algorithm]);
  if (algorithm !== 'ed25519' && algorithm !== 'esp256')
    return { algorithm, keyId, key: new Uint8Array(32).fill(7) };
  const key = new Uint8Array(algorithm === 'ed25519' ? 32 : 65);
  fullIdentity().publicKey(keyId, key);
  return { algorithm, keyId, key };
};

export const factsOf = (more: Partial<ReportFacts> = {}): ReportFacts => {
  const status = statusNew();
  Object.assign(status, { running: 0, sequence: 7, securityVersion: 3, accepted: 7, floor: 2 });
  status.digest.fill(0x77);
  const report = reportNew();
  Object.assign(report, {
    event: Event.Reverted,
    code: Err.CheckFailed,
    from: 6,
    to: 7,
    attempts: 2,
    boots: 3,
  });
  Object.assign(report, { slot: 1, cause: 5, detail: 9 });
  report.digest.fill(0x66);
  report.check.set(id('mqtt connects'));
  return { status, report, ...more };
};

/** A session that has just failed. */
export const failedFacts = (code: number): ReportFacts => {
  const facts = factsOf();
  facts.status.phase = Phase.Failed;
  facts.status.code = code;
  facts.status.offeredDigest.fill(0x55);
  return facts;
};

export const optionsOf = (
  algorithm: ReportAlgorithm,
  more: Partial<ReporterOptions> = {},
): ReporterOptions => ({
  identity: fullIdentity(),
  algorithm: reportAlgorithms[algorithm],
  keyId: id(KEY_NAMES[algorithm]),
  device: DEVICE,
  counter: counterFrom(41),
  ...more,
});

/** A report, or the code instead of one. */
export const reportBy = (options: ReporterOptions, facts: ReportFacts = factsOf()): Uint8Array | number => {
  const into = new Uint8Array(REPORT_MAX);
  const length = openReporter(options).write(into, facts);
  return length < 0 ? length : into.slice(0, length);
};

export const reported = (algorithm: ReportAlgorithm, facts?: ReportFacts): Uint8Array =>
  reportBy(optionsOf(algorithm), facts) as Uint8Array;
