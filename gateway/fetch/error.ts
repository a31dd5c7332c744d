/** Why a release, or a file of one, is not to be had. */
import * as Err from '../../agent/err.ts';
import { httpErrorOf } from '../../hal/node/http-error.ts';
import { StoreError } from '../store/trouble.ts';

export class ReleaseError extends Error {
  /** Of agent/err.ts. */
  readonly code: number;
  /** Not to be tried again: the release itself is wrong, or the configuration does not allow it. */
  readonly fatal: boolean;
  constructor(message: string, code: number, fatal: boolean) {
    super(message);
    this.name = 'ReleaseError';
    this.code = code;
    this.fatal = fatal;
  }
}

/** What another attempt may find otherwise: the network, the server's day, the disk of the gateway. */
const PASSING: ReadonlySet<number> = new Set([
  Err.SourceLost,
  Err.SourceSlow,
  Err.SourceBusy,
  Err.SourceChanged,
  Err.SourceUntrusted,
  Err.PortFailed,
  Err.Cancelled,
]);

export const releaseError = (code: number, message: string): ReleaseError =>
  new ReleaseError(message, code, !PASSING.has(code));

export const releaseErrorOf = (error: unknown): ReleaseError => {
  if (error instanceof ReleaseError) return error;
  if (error instanceof StoreError) return releaseError(Err.PortFailed, error.message);
  const { code, message } = httpErrorOf(error);
  return releaseError(code, message);
};
