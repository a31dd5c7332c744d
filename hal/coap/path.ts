/** The path and query of a URI as options (RFC 7252 section 6.4): split, and percent-decoded. */
import { Option } from './numbers.ts';
import { writeByte, writeOptionHead, writeText } from './writer.ts';
import type { Writer } from './writer.ts';

const SLASH = 0x2f;
const QUESTION = 0x3f;
const AMPERSAND = 0x26;
const PERCENT = 0x25;
/** Longest segment and longest argument. */
const PART_MAX = 255;

/** Writes Uri-Path and Uri-Query of `path`, which begins with a slash. What cannot be written sets `overflow`. */
export function writePath(w: Writer, path: string): void {
  let at = 1;
  let query = false;
  // A path of a slash alone has no segment.
  if (path.length <= 1) return;
  while (at <= path.length) {
    let end = at;
    while (end < path.length && !separates(path.charCodeAt(end), query)) end += 1;
    const rootOnly = !query && at === 1 && end === 1 && path.charCodeAt(1) === QUESTION;
    if (!rootOnly) partWrite(w, query ? Option.UriQuery : Option.UriPath, path, at, end);
    if (end === path.length) return;
    if (path.charCodeAt(end) === QUESTION) query = true;
    at = end + 1;
  }
}

function separates(code: number, query: boolean): boolean {
  return query ? code === AMPERSAND : code === SLASH || code === QUESTION;
}

function partWrite(w: Writer, option: number, path: string, from: number, to: number): void {
  let length = 0;
  for (let at = from; at < to; at += path.charCodeAt(at) === PERCENT ? 3 : 1) length += 1;
  if (!(length <= PART_MAX)) {
    w.overflow = true;
    return;
  }
  if (!writeOptionHead(w, option, length)) return;
  for (let at = from; at < to; at += 1) {
    let code = path.charCodeAt(at);
    if (code === PERCENT) {
      code = at + 2 < to ? hex(path.charCodeAt(at + 1)) * 16 + hex(path.charCodeAt(at + 2)) : -1;
      at += 2;
    }
    if (!(code >= 0 && code <= 255)) w.overflow = true;
    writeByte(w, code & 0xff);
  }
}

/** Far below zero where it is no digit. */
function hex(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1000;
}

/** Uri-Host, where the host is a name and not an address. */
export function writeHost(w: Writer, host: string): void {
  let name = host.charAt(0) !== '[';
  let letters = false;
  for (let i = 0; i < host.length; i += 1) {
    const code = host.charCodeAt(i);
    if (!((code >= 0x30 && code <= 0x39) || code === 0x2e)) letters = true;
  }
  name = name && letters;
  if (name) writeText(w, Option.UriHost, host);
}
