/**
 * What a code is in the words of two standards, for devices that have to say it themselves. The table with sentences is
 * the publisher's (publisher/explain-table.ts); a test holds the two together.
 *
 * A character for each code, at its number without the sign: strings stay in flash, where a table of numbers takes RAM.
 * '.' is no code. One row holds ten codes: those from 1, 2, ... tens on.
 */

/** Reasons of a SUIT report (draft-ietf-suit-report section 4), as hexadecimal digits. */
const SUIT_REASONS: string =
  '.bbbbbb...' +
  'bbbb......' +
  '1114234447' +
  '1.........' +
  '115586aba8' +
  '98........' +
  'aaaaaabaaa' +
  'aabbb808..' +
  'bbbbbabbbb' +
  'a8844b....' +
  'bbbbbb....' +
  'bcaabbaa0.' +
  'ba........' +
  '..........' +
  'bbbb......' +
  'bbbbbbbbbb' +
  'bbbbbbb...' +
  '..........' +
  'bbb1aaaaa.' +
  'bbbbbbbbb4';
/** Results of the LwM2M firmware update object (5/0/5), likewise. */
const LWM2M_RESULTS: string =
  '.888888...' +
  '888a......' +
  '6565665555' +
  '4.........' +
  '6666666666' +
  '56........' +
  '66688828bb' +
  '8b88b616..' +
  '5555555455' +
  '666655....' +
  '858858....' +
  '808888881.' +
  '88........' +
  '..........' +
  '5565......' +
  '4447443897' +
  '9949984...' +
  '..........' +
  '888685548.' +
  '7974447854';

const OPERATION_FAILED = 11;
const FAILED = 8;

function digit(table: string, code: number, otherwise: number): number {
  const at = 0 - code;
  if (!(at >= 1 && at < table.length)) return otherwise;
  const found = table.charCodeAt(at);
  if (found >= 48 && found <= 57) return found - 48;
  return found >= 97 && found <= 102 ? found - 87 : otherwise;
}

/** 0: nothing is wrong. Of a number that is no code, operation-failed. */
export function suitReason(code: number): number {
  return code === 0 ? 0 : digit(SUIT_REASONS, code, OPERATION_FAILED);
}

/** Of an update that failed with `code`, which is below 0. Of a number that is no code, "failed". */
export function lwm2mResult(code: number): number {
  return digit(LWM2M_RESULTS, code, FAILED);
}
