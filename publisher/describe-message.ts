/** Statements and reports in words; nothing of them is proven here. */
import { Event, Reset } from '../agent/codes.ts';
import { lines, nameOf } from './answer.ts';
import type { Row } from './answer.ts';
import { hexOf } from './bytes.ts';
import { cborDecode } from './cbor.ts';
import { coseMessageRead, Mac0Tag } from './cose-message.ts';
import type { CoseMessage } from './cose-message.ts';
import { algorithmText } from './describe.ts';
import type { Description } from './describe.ts';
import { codeText } from './explain.ts';
import { uuidText } from './identifiers.ts';
import { Lwm2mResult, SuitReason } from './reasons.ts';
import { reportAlgorithms } from './report-key.ts';
import { reportRead } from './report.ts';
import type { ReportView } from './report.ts';
import { isStatement, statementRead } from './statement.ts';
import type { StatementView } from './statement.ts';

const dateText = (seconds: number): string => {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000', '');
};

const proofText = ({ tag, algorithm, keyId }: CoseMessage): string => {
  const mac = Object.entries(reportAlgorithms).find(([, number]) => number === algorithm)?.[0];
  const name = tag === Mac0Tag ? (mac ?? `algorithm ${algorithm}`) : algorithmText(algorithm);
  return `${name} ${keyId ? hexOf(keyId) : '(no key id)'}`;
};

const describeStatement = (view: StatementView): Description => ({
  rows: [
    {
      kind: 'statement',
      sequence: view.sequence,
      securityVersion: view.securityVersion,
      manifestDigest: hexOf(view.manifestDigest),
      vendor: uuidText(view.vendor),
      classId: uuidText(view.classId),
      issued: view.issued,
      expires: view.expires ?? null,
      nonce: view.nonce ? hexOf(view.nonce) : null,
      signed: proofText(view.message),
    },
  ],
  text: lines([
    ['statement', `the latest sequence is ${view.sequence}`],
    ['security version', view.securityVersion],
    ['manifest', hexOf(view.manifestDigest)],
    ['vendor', uuidText(view.vendor)],
    ['class', uuidText(view.classId)],
    ['issued', dateText(view.issued)],
    ...(view.expires === undefined ? [] : [['expires', dateText(view.expires)] as const]),
    ...(view.nonce ? [['nonce', hexOf(view.nonce)] as const] : []),
    ['signed', `${proofText(view.message)}; not verified here`],
  ]),
});

const codeOf = (code: number): string => (code < 0 ? codeText(code) : 'none');

/** The same facts for `inspect` and for `report verify`. */
export const reportRow = (view: ReportView): Row => ({
  kind: 'report',
  device: hexOf(view.device),
  counter: view.counter,
  nonce: view.nonce ? hexOf(view.nonce) : null,
  manifestDigest: hexOf(view.manifestDigest),
  code: view.code,
  suitReason: view.suitReason,
  lwm2mResult: view.lwm2mResult,
  sequence: view.running.sequence,
  securityVersion: view.running.securityVersion,
  floor: view.running.floor,
  accepted: view.running.accepted,
  trial: view.running.trial,
  runningDigest: hexOf(view.running.digest),
  event: nameOf(Event, view.event.event),
  eventCode: view.event.code,
  detail: view.event.detail,
  cause: nameOf(Reset, view.event.cause),
  slot: view.event.slot,
  attempts: view.event.attempts,
  boots: view.event.boots,
  from: view.event.from,
  to: view.event.to,
  check: view.event.check,
  source: view.source ?? null,
  proof: proofText(view.message),
});

export const reportText = (view: ReportView): string => {
  const { running, event } = view;
  const why = `${nameOf(SuitReason, view.suitReason)} (SUIT), ${nameOf(Lwm2mResult, view.lwm2mResult)} (LwM2M)`;
  return lines([
    ['report', `${view.counter} of device ${hexOf(view.device)}`],
    ['result', `${codeOf(view.code)}; ${why}`],
    ['about manifest', hexOf(view.manifestDigest)],
    ['runs', `sequence ${running.sequence}${running.trial ? ', on trial' : ''}`],
    ['security', `version ${running.securityVersion}, floor ${running.floor}`],
    ['accepted', running.accepted],
    ['event', `${nameOf(Event, event.event)}, ${event.from} to ${event.to}, code ${codeOf(event.code)}`],
    ['reset', `${nameOf(Reset, event.cause)}, attempts ${event.attempts}, boots ${event.boots}`],
    ...(event.check ? [['check', event.check] as const] : []),
    ...(view.source === undefined
      ? []
      : [['source', view.source < 0 ? codeText(view.source) : 'fresh'] as const]),
    ...(view.nonce ? [['nonce', hexOf(view.nonce)] as const] : []),
    ['proof', proofText(view.message)],
  ]);
};

export const describeMessage = (bytes: Uint8Array, file: string): Description => {
  const message = coseMessageRead(bytes, 'FILE', file);
  if (isStatement(cborDecode(message.payload, 'payload', file)))
    return describeStatement(statementRead(bytes, file));
  const report = reportRead(bytes, file);
  return {
    rows: [reportRow(report)],
    text: `${reportText(report)}\nnot verified here: flipside report verify`,
  };
};
