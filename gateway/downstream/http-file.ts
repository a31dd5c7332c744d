/**
 * What a request for a file is answered with: RFC 9110 sections 13 (conditions) and 14 (ranges). One range at a time; more
 * of them, or one that is not understood, are passed over, as section 14.2 allows, and the whole is sent.
 */
import { Readable } from 'node:stream';

/** Of a request, as Node gives them. */
export interface FileHeaders {
  readonly range?: string | undefined;
  readonly 'if-range'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

export interface FilePlan {
  readonly status: 200 | 206 | 304 | 416;
  /** Bytes of the body: from, and up to but not with. */
  readonly from: number;
  readonly to: number;
}

/** Bytes that are read from the store at a time. */
const CHUNK = 64 << 10;
/** Digits of a position: more cannot be in a file here. */
const RANGE = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/i;
const CONDITION_MAX = 1024;

/** Strong: the content is what its digest says. */
export const tagOf = (digest: string): string => `"${digest}"`;

/** Of a list of tags; weak ones are compared without their mark (RFC 9110 section 13.1.2). */
const matches = (condition: string | undefined, tag: string): boolean => {
  if (condition === undefined || !(condition.length <= CONDITION_MAX)) return false;
  return condition.split(',').some((one) => {
    const bare = one.trim().replace(/^W\//, '');
    return bare === '*' || bare === tag;
  });
};

const rangeOf = (range: string | undefined, size: number): FilePlan => {
  const whole: FilePlan = { status: 200, from: 0, to: size };
  const [, first, last, suffix] = RANGE.exec(range?.trim() ?? '') ?? [];
  const none: FilePlan = { status: 416, from: 0, to: 0 };
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length > 0 ? { status: 206, from: size - length, to: size } : none;
  }
  if (first === undefined) return whole;
  const from = Number(first);
  if (last !== '' && Number(last) < from) return whole;
  if (!(from < size)) return none;
  return { status: 206, from, to: last === '' ? size : Math.min(Number(last) + 1, size) };
};

export const filePlan = (headers: FileHeaders, size: number, digest: string): FilePlan => {
  const tag = tagOf(digest);
  if (matches(headers['if-none-match'], tag)) return { status: 304, from: 0, to: 0 };
  // A date, or a weak tag, is no proof that the rest is of the same file (section 13.1.5).
  const condition = headers['if-range'];
  const holds = condition === undefined || condition.trim() === tag;
  return rangeOf(holds ? headers.range : undefined, size);
};

/**
 * Reads as the client takes. Where the file goes missing meanwhile the stream ends with an error, and with it the
 * connection: a body that is cut off is seen to be, one that is padded is not.
 */
export const fileStream = (
  read: (offset: number, into: Uint8Array) => number,
  { from, to }: FilePlan,
): Readable => {
  let at = from;
  return new Readable({
    highWaterMark: CHUNK,
    read() {
      if (at >= to) {
        this.push(null);
        return;
      }
      const bytes = Buffer.alloc(Math.min(CHUNK, to - at));
      const count = read(at, bytes);
      if (!(count > 0)) {
        this.destroy(new Error('the file is not there any more'));
        return;
      }
      at += count;
      this.push(bytes.subarray(0, count));
    },
  });
};
