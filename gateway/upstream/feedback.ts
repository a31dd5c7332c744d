/** What hawkBit is told of where a device's work stands: hal/hawkbit has its words. */
import { Execution, Finished, proofLines } from '../../hal/hawkbit/format-feedback.ts';
import type { Feedback } from '../../hal/hawkbit/format-feedback.ts';
import type { DeviceRecord, WorkRecord, WorkState } from '../contract.ts';

type Row = readonly [execution: string, finished: string, count: number, words: string];

/** Steps of a whole update, for the progress. */
const STEPS = 5;

/** Only what a device proved closes an action with success. */
const ROWS: Readonly<Record<WorkState, Row>> = {
  waiting: [Execution.Scheduled, Finished.None, 0, 'the gateway holds it back'],
  fetching: [Execution.Download, Finished.None, 0, 'the gateway downloads it'],
  ready: [Execution.Scheduled, Finished.None, 1, 'it is told at its next check-in'],
  offered: [Execution.Proceeding, Finished.None, 2, 'the device was told where it is'],
  staged: [Execution.Downloaded, Finished.None, 3, 'proven in the inactive slot'],
  trial: [Execution.Proceeding, Finished.None, 4, 'runs on trial'],
  success: [Execution.Closed, Finished.Success, STEPS, 'confirmed'],
  reverted: [Execution.Closed, Finished.Failure, 0, 'the device went back'],
  failed: [Execution.Closed, Finished.Failure, 0, 'it was not taken'],
  cancelled: [Execution.Canceled, Finished.None, 0, 'taken back before it ran'],
};

/** An action in this state wants nothing more. */
export const isClosed = (state: WorkState): boolean => ROWS[state][0] === Execution.Closed;

export const feedbackOf = (device: DeviceRecord, { state, code, words }: WorkRecord): Feedback => {
  const [execution, finished, count, usual] = ROWS[state];
  const proof = device.report?.bytes;
  return {
    execution,
    finished,
    count,
    total: finished === Finished.None ? STEPS : 0,
    code,
    details: [
      words === '' ? usual : `${usual}: ${words}`,
      ...(proof === undefined ? [] : proofLines(proof, proof.length)),
    ],
  };
};

/** What is told once: a state is told again when its words have changed. */
export const toldAs = ({ work, state, code, words }: WorkRecord): string =>
  [work.id, state, code, words].join(' ');
