/** Content-Range (RFC 9110 section 14.4), and whether it is what was asked for. */
import { decimalRead } from './uri.ts';

export interface ContentRange {
  first: number;
  last: number;
  /** Length of the whole; Infinity: not said. */
  total: number;
}

export const contentRangeNew = (): ContentRange => ({ first: 0, last: 0, total: 0 });

/** False: it is none, or contradicts itself. */
export function contentRangeRead(into: ContentRange, text: string): boolean {
  const dash = text.indexOf('-');
  const slash = text.indexOf('/');
  if (text.substring(0, 6) !== 'bytes ' || dash < 0 || slash < dash) return false;
  const length = text.substring(slash + 1);
  into.first = decimalRead(text.substring(6, dash));
  into.last = decimalRead(text.substring(dash + 1, slash));
  into.total = length === '*' ? Infinity : decimalRead(length);
  return into.first >= 0 && into.last >= into.first && into.last < into.total;
}

/** Does it begin at `from`, and end before `to`? Other bytes would be put in the wrong place. */
export const contentRangeFits = (range: ContentRange, from: number, to: number): boolean =>
  range.first === from && range.last < to;
