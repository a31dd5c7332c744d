/** An action's number, and an action that a server takes back (`GET .../cancelAction/ID`). */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { jsonObject, jsonRead } from './json.ts';

/** Characters; hawkBit's own have at most 19. */
export const ID_MAX = 32;
const NUMBER_MAX = 9007199254740991;

/** What may stand in a path as it is: nothing that could lead elsewhere. */
function idRight(text: string): boolean {
  if (!(text.length >= 1 && text.length <= ID_MAX)) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const digit = code >= 0x30 && code <= 0x39;
    const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
    if (!digit && !letter && text.charAt(i) !== '-' && text.charAt(i) !== '_') return false;
  }
  return true;
}

/** A number, or a string of letters, digits, `-` and `_`; '': it is neither. Servers differ. */
export function idRead(value: unknown): string {
  if (typeof value === 'number' && value >= 0 && value <= NUMBER_MAX && value % 1 === 0) return String(value);
  return typeof value === 'string' && idRight(value) ? value : '';
}

export interface Cancel {
  /** Of the request to cancel, and of the action that it is about; hawkBit's are the same. */
  id: string;
  stopId: string;
}

export const cancelNew = (): Cancel => ({ id: '', stopId: '' });

/** Ok, or SourceMalformed, and `into` as it was. */
export function cancelRead(into: Cancel, text: string): number {
  const found = jsonRead(text);
  const action = found && jsonObject(found.cancelAction);
  if (!found || !action) return Err.SourceMalformed;
  const stopId = idRead(action.stopId);
  const id = idRead(found.id);
  if (stopId === '' || id === '') return Err.SourceMalformed;
  into.id = id;
  into.stopId = stopId;
  return Ok;
}
