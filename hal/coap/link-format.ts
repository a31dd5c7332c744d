/**
 * Links of a server's resources, `</3/0>;rt="x";ct=42,</5/0>` (RFC 6690 section 2), written into a buffer and read where
 * they lie. What does not fit sets `overflow`.
 */
export interface LinkWriter {
  readonly bytes: Uint8Array;
  length: number;
  overflow: boolean;
}

/** Stands on a link: its target is bytes[from..to-1], without brackets; its attributes are bytes[to+1..next-1]. */
export interface LinkCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  from: number;
  to: number;
  next: number;
  malformed: boolean;
  /** Value of the attribute that was found last, without its quotes. */
  valueFrom: number;
  valueTo: number;
}

const OPEN = 0x3c; // <
const CLOSE = 0x3e; // >
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;

export function linkWriterNew(bytes: Uint8Array): LinkWriter {
  return { bytes: bytes, length: 0, overflow: false };
}

function put(w: LinkWriter, text: string): void {
  if (!(w.length + text.length <= w.bytes.length)) {
    w.overflow = true;
    return;
  }
  for (let i = 0; i < text.length; i += 1) w.bytes[w.length + i] = text.charCodeAt(i);
  w.length += text.length;
}

/** Begins a link to `target`, a path of ASCII. */
export function linkBegin(w: LinkWriter, target: string): void {
  put(w, `${w.length > 0 ? ',' : ''}<${target}>`);
}

/** An attribute of the link begun last: a number as it is, text in quotes. */
export function linkNumber(w: LinkWriter, name: string, value: number): void {
  put(w, `;${name}=${value}`);
}

export function linkText(w: LinkWriter, name: string, value: string): void {
  put(w, `;${name}="${value}"`);
}

export function linkCursorNew(bytes: Uint8Array, from: number, to: number): LinkCursor {
  return {
    bytes: bytes,
    end: to,
    from: from,
    to: from,
    next: from,
    malformed: false,
    valueFrom: 0,
    valueTo: 0,
  };
}

/** Goes to the next link. False at the end, and where there is something else than a link. */
export function linkNext(cursor: LinkCursor): boolean {
  const bytes = cursor.bytes;
  let at = cursor.next;
  if (at > 0 && at < cursor.end && bytes[at] === COMMA) at += 1;
  if (!(at < cursor.end)) return false;
  cursor.malformed = true;
  if (bytes[at] !== OPEN) return false;
  at += 1;
  cursor.from = at;
  while (at < cursor.end && bytes[at] !== CLOSE) at += 1;
  if (!(at < cursor.end)) return false;
  cursor.to = at;
  let quoted = false;
  for (at += 1; at < cursor.end; at += 1) {
    if (quoted && bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) quoted = !quoted;
    else if (!quoted && bytes[at] === COMMA) break;
  }
  if (quoted) return false;
  cursor.next = at < cursor.end ? at : cursor.end;
  cursor.malformed = false;
  return true;
}

/** Finds an attribute of the link it stands on. One without a value has an empty one. */
export function linkAttribute(cursor: LinkCursor, name: string): boolean {
  const bytes = cursor.bytes;
  let at = cursor.to + 1;
  while (at < cursor.next && bytes[at] === SEMICOLON) {
    const begin = at + 1;
    at = begin;
    while (at < cursor.next && bytes[at] !== EQUALS && bytes[at] !== SEMICOLON) at += 1;
    const found = nameIs(bytes, begin, at, name);
    const valued = at < cursor.next && bytes[at] === EQUALS;
    cursor.valueFrom = valued ? at + 1 : at;
    at = valued ? valueEnd(cursor, at + 1) : at;
    cursor.valueTo = at;
    if (found) {
      unquote(cursor);
      return true;
    }
  }
  return false;
}

function nameIs(bytes: Uint8Array, from: number, to: number, name: string): boolean {
  if (to - from !== name.length) return false;
  for (let i = 0; i < name.length; i += 1) if (bytes[from + i] !== name.charCodeAt(i)) return false;
  return true;
}

function valueEnd(cursor: LinkCursor, from: number): number {
  let quoted = false;
  let at = from;
  for (; at < cursor.next; at += 1) {
    if (quoted && cursor.bytes[at] === BACKSLASH) at += 1;
    else if (cursor.bytes[at] === QUOTE) quoted = !quoted;
    else if (!quoted && cursor.bytes[at] === SEMICOLON) break;
  }
  return at < cursor.next ? at : cursor.next;
}

function unquote(cursor: LinkCursor): void {
  const bytes = cursor.bytes;
  const valueFrom = cursor.valueFrom;
  const valueTo = cursor.valueTo;
  if (valueTo - valueFrom < 2 || bytes[valueFrom] !== QUOTE || bytes[valueTo - 1] !== QUOTE) return;
  cursor.valueFrom += 1;
  cursor.valueTo -= 1;
}
