/** Why a resource could not be read over HTTP. */
import * as Err from '../../agent/err.ts';

export class HttpError extends Error {
  /** Of agent/err.ts. */
  readonly code: number;
  /** Another attempt would not help. */
  readonly fatal: boolean;
  /** Seconds that the server asked us to wait; 0: it did not say. */
  readonly retryAfter: number;
  constructor(message: string, code: number, fatal: boolean, retryAfter = 0) {
    super(message);
    this.name = 'HttpError';
    this.code = code;
    this.fatal = fatal;
    this.retryAfter = retryAfter;
  }
}

/** Codes of Node's TLS for a certificate that is not trusted, or is another's. */
const UNTRUSTED = /^CERT_|^DEPTH_ZERO|SELF_SIGNED|^UNABLE_TO_|ALTNAME|^HOSTNAME_MISMATCH|^INVALID_CA/;
/** Of its parser: what came is no HTTP. An end where none belongs is a lost connection. */
const MALFORMED = /^HPE_(?!INVALID_EOF_STATE)/;

/** What Node threw, as one of ours. */
export const httpErrorOf = (error: unknown): HttpError => {
  if (error instanceof HttpError) return error;
  const { code = '', message } = error as { code?: string; message: string };
  const words = code === '' ? message : `${message} (${code})`;
  if (UNTRUSTED.test(code)) return new HttpError(words, Err.SourceUntrusted, true);
  if (MALFORMED.test(code)) return new HttpError(words, Err.SourceMalformed, true);
  return new HttpError(words, Err.SourceLost, false);
};
