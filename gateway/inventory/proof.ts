/** A report as it came, held against what is known of the device. */
import { createHmac } from 'node:crypto';
import { REPORT_MAX } from '../../hal/identity/report.ts';
import { hexOf } from '../../publisher/bytes.ts';
import { PublishError } from '../../publisher/errors.ts';
import { reportRead, reportVerify } from '../../publisher/report.ts';
import type { ReportView } from '../../publisher/report.ts';
import type { ReportKey } from '../../publisher/report-key.ts';
import type { VerifiedReport } from '../contract.ts';

const encoder = new TextEncoder();

const viewed = (bytes: Uint8Array, view: ReportView): VerifiedReport => {
  const { running, event } = view;
  const { event: kind, code, check, cause, to, ...rest } = event;
  const numbers = [kind, code, cause, to, rest.detail, rest.slot, rest.attempts, rest.boots, rest.from];
  return {
    bytes: bytes.slice(),
    counter: view.counter,
    sequence: running.sequence,
    securityVersion: running.securityVersion,
    floor: running.floor,
    accepted: running.accepted,
    trial: running.trial,
    digest: hexOf(running.digest),
    event: kind,
    code,
    check,
    manifestDigest: hexOf(view.manifestDigest),
    resultCode: view.code,
    source: view.source,
    cause,
    to,
    happened: `${numbers.join(' ')} ${check}`,
  };
};

/** Of one that was verified when it was taken. */
export const reportKept = (bytes: Uint8Array): VerifiedReport => viewed(bytes, reportRead(bytes));

export type Proof = { readonly report: VerifiedReport } | { readonly refusal: string };

/** `after`: the highest counter that was taken under this key; -1: none was. */
export const reportProve = (bytes: Uint8Array, id: string, key: ReportKey, after: number): Proof => {
  if (!(bytes.length <= REPORT_MAX)) return { refusal: `${bytes.length} bytes are no report` };
  try {
    return { report: viewed(bytes, reportVerify(bytes, key, { device: encoder.encode(id), after })) };
  } catch (error) {
    // Whatever else was thrown, it was at bytes of a stranger: nothing is taken of them.
    if (!(error instanceof PublishError)) return { refusal: 'no report that can be read' };
    return { refusal: `${error.field ?? 'report'}: ${error.what}` };
  }
};

/**
 * Names a key without giving it away, so that counters are kept by the key: a device that was replaced counts anew, and
 * one whose old key comes back does not.
 */
export const keyPrint = ({ algorithm, key }: ReportKey): string =>
  createHmac('sha256', key).update(`flipside report key ${algorithm}`).digest('hex').slice(0, 16);
