/** Steps of a device's work, as functions from record to record. Each gives the record itself where nothing changes. */
import { isDeepStrictEqual } from 'node:util';
import * as Err from '../../agent/err.ts';
import { codeText, explain } from '../../publisher/explain.ts';
import type { DeviceRecord, Instant, Release, Work, WorkRecord, WorkState } from '../contract.ts';
import { afterReport, WENT_BACK } from './begun.ts';
import { evidenceOf } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { byReport, isBefore, isOver, isTold, mayMove } from './transitions.ts';
import { evidenceWords, wordsCut } from './words.ts';

/** A session that failed is not why a trial ended. */
const codeOf = ({ report }: DeviceRecord, evidence: Evidence, to: WorkState): number => {
  if (report === undefined) return 0;
  if (WENT_BACK.includes(evidence)) return report.code;
  if (evidence === 'newer') return Err.SequenceOld;
  return to !== 'reverted' && (evidence === 'fault' || evidence === 'later') ? report.resultCode : 0;
};

const changed = (device: DeviceRecord, work: WorkRecord): DeviceRecord =>
  isDeepStrictEqual(work, device.work) ? device : { ...device, work };

/** By the report in the record, which is verified. */
export const reported = (device: DeviceRecord, now: Instant, fresh: boolean): DeviceRecord => {
  const { report, work } = device;
  if (report === undefined) return device;
  if (work === undefined) return fresh ? afterReport(device, 'nothing') : device;
  const evidence = evidenceOf(report, fresh ? device.claims : undefined, work);
  const state = byReport(work.state, evidence);
  const moves = state !== work.state;
  const told = isTold(state) && evidence === 'later';
  const next: WorkRecord =
    moves || told
      ? {
          ...work,
          state,
          since: moves ? now : work.since,
          code: codeOf(device, evidence, state),
          words: wordsCut(evidenceWords(evidence, state, report, work)),
          counted: moves && (state === 'reverted' || (state === 'failed' && evidence === 'fault')),
          cancelling: work.cancelling && !isOver(state),
        }
      : work;
  const after = changed(device, next);
  return fresh ? afterReport(after, evidence) : after;
};

const begins = (work: Work, now: Instant, order: number): WorkRecord => ({
  work,
  state: 'waiting',
  release: undefined,
  manifestDigest: undefined,
  since: now,
  code: 0,
  words: '',
  cancelling: false,
  wantedAt: now,
  order,
  sequence: 0,
  counted: false,
  before: undefined,
});

const takenBack = (device: DeviceRecord, work: WorkRecord, now: Instant): DeviceRecord => {
  if (isOver(work.state)) return device;
  if (!isBefore(work.state)) return changed(device, { ...work, cancelling: true });
  const words = 'taken back before it was offered';
  return changed(device, { ...work, state: 'cancelled', since: now, code: 0, words });
};

/** As it is on the disk: there, half of a surrogate pair would be another character. */
const titled = (work: Work): Work => ({ ...work, title: wordsCut(Buffer.from(work.title).toString()) });

export const wanted = (
  device: DeviceRecord,
  given: Work | undefined,
  now: Instant,
  order: number,
): DeviceRecord => {
  const old = device.work;
  if (given === undefined) return old === undefined ? device : takenBack(device, old, now);
  const work = titled(given);
  if (old?.work.id === work.id) {
    const again = isOver(old.state) ? old : { ...old, cancelling: false };
    // Releases are counted by their title: it is what it was.
    return changed(device, { ...again, work: { ...work, title: old.work.title } });
  }
  // What is on trial is seen to its end: whoever wants something else says so again.
  if (old?.state === 'trial') return takenBack(device, old, now);
  return { ...device, work: begins(work, now, order) };
};

const misfit = (device: DeviceRecord, { vendor, classId }: Release): number => {
  const differ = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && a.toLowerCase() !== b.toLowerCase();
  if (differ(device.vendor, vendor)) return Err.WrongVendor;
  return differ(device.classId, classId) ? Err.WrongClass : 0;
};

const withRelease = (work: WorkRecord, release: Release | undefined): WorkRecord =>
  release === undefined
    ? work
    : {
        ...work,
        release: release.id,
        manifestDigest: release.manifestDigest,
        sequence: release.sequence,
      };

const failed = (work: WorkRecord, code: number, now: Instant): WorkRecord => ({
  ...work,
  state: 'failed',
  since: now,
  code,
  words: `${codeText(code)}: ${explain(code)?.sentence ?? ''}`,
});

interface Step {
  readonly state: WorkState;
  readonly code: number;
  readonly words: string;
  readonly release: Release | undefined;
}

const stepped = (device: DeviceRecord, work: WorkRecord, step: Step, now: Instant): DeviceRecord => {
  const { state } = step;
  const words = wordsCut(step.words);
  // Staged is more than offered.
  const stays = work.state === 'staged' && state === 'offered';
  const next = stays
    ? { ...work, words }
    : { ...work, state, code: step.code, words, since: work.state === state ? work.since : now };
  if (state !== 'offered' || isTold(work.state)) return changed(device, next);
  return {
    ...device,
    work: { ...next, before: device.report?.happened },
    begun: next.manifestDigest,
    calledOff: false,
  };
};

/** Undefined: not a step that may be taken now. */
export const moved = (device: DeviceRecord, step: Step, now: Instant): DeviceRecord | undefined => {
  const { work } = device;
  if (work === undefined || !mayMove(work.state, step.state)) return undefined;
  if (isTold(work.state)) return stepped(device, work, { ...step, release: undefined }, now);
  const known = withRelease(work, step.release);
  const code = step.release === undefined ? 0 : misfit(device, step.release);
  if (code < 0) return changed(device, failed(known, code, now));
  // It may run it already, or something newer, or may have gone back from it.
  const judged = step.release === undefined ? device : reported({ ...device, work: known }, now, false);
  if (judged.work !== undefined && !isBefore(judged.work.state)) return judged;
  // Nothing is offered that is not known: a pair could not be told when it is over.
  if (step.state === 'offered' && known.manifestDigest === undefined) return undefined;
  return stepped(device, known, step, now);
};
