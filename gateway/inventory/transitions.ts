/** The states of work, and what moves them. */
import type { WorkState } from '../contract.ts';
import type { Evidence } from './evidence.ts';

const BEFORE: readonly WorkState[] = ['waiting', 'fetching', 'ready'];
const TOLD: readonly WorkState[] = ['offered', 'staged'];
const OVER: readonly WorkState[] = ['success', 'reverted', 'failed', 'cancelled'];
export const WORK_STATES: readonly WorkState[] = [...BEFORE, ...TOLD, 'trial', ...OVER];

export const isOver = (state: WorkState): boolean => OVER.includes(state);
/** The device has not heard of it. */
export const isBefore = (state: WorkState): boolean => BEFORE.includes(state);
export const isTold = (state: WorkState): boolean => TOLD.includes(state);

type Row = readonly [from: readonly WorkState[], evidence: Evidence, to: WorkState];

/**
 * By verified reports; what has no row stays. Truth comes late, too: what was given up, or taken back, and runs after
 * all, is said to run. Only a success is never taken back: what happens to the device later is no news of this work.
 */
const BY_REPORT: readonly Row[] = [
  [[...BEFORE, ...TOLD, 'reverted', 'failed', 'cancelled'], 'trial', 'trial'],
  [[...BEFORE, ...TOLD, 'trial', 'reverted', 'failed', 'cancelled'], 'confirmed', 'success'],
  [[...BEFORE, ...TOLD, 'trial'], 'refused', 'reverted'],
  [[...TOLD, 'trial'], 'wentBack', 'reverted'],
  [[...BEFORE, ...TOLD, 'trial'], 'newer', 'failed'],
  [TOLD, 'fault', 'failed'],
  [['offered'], 'staged', 'staged'],
  [['trial'], 'staged', 'reverted'],
  [['trial'], 'elsewhere', 'reverted'],
  [['trial'], 'fault', 'reverted'],
  [['trial'], 'later', 'reverted'],
];

export const byReport = (from: WorkState, evidence: Evidence): WorkState =>
  BY_REPORT.find(([states, what]) => what === evidence && states.includes(from))?.[2] ?? from;

/** The gateway's own steps. */
const BY_GATEWAY: readonly (readonly [from: readonly WorkState[], to: readonly WorkState[]])[] = [
  [BEFORE, [...BEFORE, 'offered', 'failed', 'cancelled']],
  [TOLD, ['offered', 'failed', 'cancelled']],
];

export const mayMove = (from: WorkState, to: WorkState): boolean =>
  BY_GATEWAY.some(([states, steps]) => states.includes(from) && steps.includes(to));
