/** Why work stands where it stands, for people and for the server. */
import { Reset } from '../../agent/codes.ts';
import { codeText, explain } from '../../publisher/explain.ts';
import type { VerifiedReport, WorkRecord, WorkState } from '../contract.ts';
import type { Evidence } from './evidence.ts';

/** Characters that are kept of a text that came from elsewhere. */
export const WORDS_MAX = 240;

export const wordsCut = (words: string): string =>
  words.length <= WORDS_MAX ? words : `${words.slice(0, WORDS_MAX - 3)}...`;

const RESETS: Readonly<Record<number, string>> = {
  [Reset.Power]: 'power on',
  [Reset.BrownOut]: 'brown-out',
  [Reset.Pin]: 'reset pin',
  [Reset.Wake]: 'wake from deep sleep',
  [Reset.Requested]: 'requested by the application',
  [Reset.Watchdog]: 'watchdog',
  [Reset.Crash]: 'crash',
  [Reset.Unknown]: 'unknown',
};

const sentence = (code: number): string => explain(code)?.sentence ?? `Code ${code}.`;

const wentBackWords = (report: VerifiedReport): string => {
  const check = report.check === '' ? '' : ` Check: ${report.check}.`;
  const reset = RESETS[report.cause ?? Reset.Unknown] ?? 'unknown';
  return `${codeText(report.code)}: ${sentence(report.code)}${check} Reset: ${reset}.`;
};

const sessionWords = ({ resultCode }: VerifiedReport): string =>
  `${codeText(resultCode)}: ${sentence(resultCode)}`;

/** By what was found, and what it made of the work. */
export const evidenceWords = (
  evidence: Evidence,
  to: WorkState,
  report: VerifiedReport,
  { sequence, words }: WorkRecord,
): string => {
  if (evidence === 'refused' || evidence === 'wentBack') return `went back. ${wentBackWords(report)}`;
  if (to === 'reverted') return `runs ${report.sequence} again, and does not say why`;
  switch (evidence) {
    case 'fault':
      return sessionWords(report);
    case 'later':
      return `not yet. ${sessionWords(report)}`;
    case 'newer':
      return `runs ${report.sequence}, which is newer than ${sequence ?? 0}`;
    case 'nothing':
      return words;
    default:
      return '';
  }
};
