/** A path of LwM2M: object, instance, resource, resource instance; as many of them as `length` says. */
import { digitsRead } from './text.ts';
import type { Output } from './output.ts';
import { outputByte, outputNumber } from './output.ts';

export const PATH_MAX = 4;
const SLASH = 0x2f;
/** 65535 is no identifier. */
const ID_MAX = 65534;

export interface Path {
  length: number;
  readonly ids: number[];
}

export function pathNew(): Path {
  return { length: 0, ids: [0, 0, 0, 0] };
}

export function pathCopy(from: Path, into: Path): void {
  into.length = from.length;
  for (let i = 0; i < PATH_MAX; i += 1) into.ids[i] = from.ids[i]!;
}

/** Whether `inner` is `outer`, or something in it. */
export function pathWithin(inner: Path, outer: Path): boolean {
  if (inner.length < outer.length) return false;
  for (let i = 0; i < outer.length; i += 1) if (inner.ids[i] !== outer.ids[i]) return false;
  return true;
}

export function pathEqual(a: Path, b: Path): boolean {
  return a.length === b.length && pathWithin(a, b);
}

/** Adds a segment: decimal, below 65535. False where it is not, or the path is full. */
export function pathPush(path: Path, bytes: Uint8Array, from: number, to: number): boolean {
  const id = digitsRead(bytes, from, to);
  if (!(path.length < PATH_MAX && id >= 0 && id <= ID_MAX)) return false;
  path.ids[path.length] = id;
  path.length += 1;
  return true;
}

/** Adds the segments of a text; slashes at its ends mean nothing. */
export function pathRead(path: Path, bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to) {
    if (bytes[at] === SLASH) {
      at += 1;
      continue;
    }
    const start = at;
    while (at < to && bytes[at] !== SLASH) at += 1;
    if (!pathPush(path, bytes, start, at)) return false;
  }
  return true;
}

/** The segments from `first` on, with a slash before each but, where `bare`, the first. */
export function pathWrite(out: Output, path: Path, first: number, bare: boolean): void {
  for (let i = first; i < path.length; i += 1) {
    if (!(bare && i === first)) outputByte(out, SLASH);
    outputNumber(out, path.ids[i]!);
  }
}
