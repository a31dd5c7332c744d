/** JSON from a server, within bounds: it is told from what was asked for before any of it is used. */

export interface JsonObject {
  readonly [name: string]: unknown;
}

/** Characters of an answer. A deployment has about 1000 for each artifact. */
export const TEXT_MAX = 65536;
/** Objects and arrays inside each other; the deepest that hawkBit says has nine. JSON.parse is recursive on some engines. */
export const DEPTH_MAX = 16;

/** Whether nothing lies deeper than that, strings left out. What is no JSON at all is for the parser to say. */
function shallow(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const one = text.charAt(i);
    if (quoted && one === '\\') i++;
    else if (one === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (one === '{' || one === '[') depth++;
    else if (one === '}' || one === ']') depth--;
    if (depth > DEPTH_MAX) return false;
  }
  return true;
}

export function jsonObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** Undefined: not JSON, no object, or too much of it. */
export function jsonRead(text: string): JsonObject | undefined {
  if (!(text.length <= TEXT_MAX) || !shallow(text)) return undefined;
  try {
    return jsonObject(JSON.parse(text));
  } catch (_) {
    return undefined;
  }
}

/** A string of at most `max` characters, printable ones only where it is to be one word; '' where it is not there, or not so. */
export function jsonText(value: unknown, max: number): string {
  return typeof value === 'string' && value.length <= max ? value : '';
}

/** Undefined: not an array, or longer than `max`. */
export function jsonList(value: unknown, max: number): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length <= max ? (value as readonly unknown[]) : undefined;
}
