/** What a verified report says of a work. */
import { Event } from '../../agent/codes.ts';
import type { Claims, VerifiedReport, WorkRecord } from '../contract.ts';
import { isRefusing, Weight, weigh } from './weight.ts';

/**
 *   trial      runs it, not confirmed        confirmed  runs it for good          newer   runs what is above it
 *   refused    went back, takes it no more   wentBack   went back, may try again  fault   its session failed
 *   later      its session failed, and that says nothing of the release
 *   staged     has it in the inactive slot   elsewhere  runs something else       nothing the work's manifest is not known
 */
export type Evidence =
  | 'trial'
  | 'refused'
  | 'wentBack'
  | 'confirmed'
  | 'newer'
  | 'fault'
  | 'later'
  | 'staged'
  | 'elsewhere'
  | 'nothing';

interface Facts {
  readonly report: VerifiedReport;
  readonly claims: Claims | undefined;
  readonly manifest: string;
  readonly sequence: number;
  readonly before: string | undefined;
  readonly tried: boolean;
}

const runs = ({ report, manifest }: Facts): boolean => report.digest === manifest;

/**
 * Whether the event happened to this manifest. The result is about the event unless a session failed (docs/SPEC.md 13.2);
 * then the sequence alone tells.
 */
const happenedToIt = ({ report, manifest, sequence }: Facts): boolean =>
  report.to === sequence && (report.manifestDigest === manifest || report.resultCode !== report.code);

/** By hand to an image that was confirmed once, the event names where it went to: that is no revert of it. */
const wentBack = (facts: Facts): boolean => {
  const { event } = facts.report;
  return happenedToIt(facts) && (event === Event.Reverted || (event === Event.Manual && !runs(facts)));
};

const sessionFailed = (facts: Facts): boolean =>
  facts.report.manifestDigest === facts.manifest &&
  facts.report.resultCode < 0 &&
  !(happenedToIt(facts) && facts.report.resultCode === facts.report.code);

/** Top row wins. */
const ROWS: readonly (readonly [Evidence, (facts: Facts) => boolean])[] = [
  ['trial', (facts) => runs(facts) && facts.report.trial > 0],
  ['refused', (facts) => wentBack(facts) && isRefusing(facts.report.code)],
  // Before it was offered the same had happened already: it says nothing of this work, unless a trial was seen.
  [
    'wentBack',
    (facts) => wentBack(facts) && (facts.tried || runs(facts) || facts.report.happened !== facts.before),
  ],
  // A trial that was ended and not left yet shows no trial, but its sequence is not accepted.
  ['confirmed', (facts) => runs(facts) && facts.report.accepted >= facts.report.sequence],
  ['newer', (facts) => !runs(facts) && facts.report.trial === 0 && facts.report.sequence > facts.sequence],
  ['fault', (facts) => sessionFailed(facts) && weigh(facts.report.resultCode) === Weight.Fault],
  ['later', (facts) => sessionFailed(facts) && weigh(facts.report.resultCode) !== Weight.None],
  ['staged', (facts) => facts.claims?.staged === facts.manifest],
  ['elsewhere', (facts) => !runs(facts) && facts.report.trial === 0],
];

export const evidenceOf = (
  report: VerifiedReport,
  claims: Claims | undefined,
  { manifestDigest, sequence, before, state }: WorkRecord,
): Evidence => {
  if (manifestDigest === undefined) return 'nothing';
  const facts: Facts = {
    report,
    claims,
    manifest: manifestDigest,
    sequence: sequence ?? 0,
    before,
    tried: state === 'trial',
  };
  return ROWS.find(([, holds]) => holds(facts))?.[0] ?? 'nothing';
};
