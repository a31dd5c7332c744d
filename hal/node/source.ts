/** Holds a source against a signed statement of the latest sequence, over HTTP (docs/SPEC.md section 13.1). */
import type { Freeze } from '../../agent/freeze.ts';
import type { Status } from '../../agent/report.ts';
import * as Err from '../../agent/err.ts';
import { STATEMENT_MAX } from '../../agent/format/statement.ts';
import { clientOpen, readWhole } from './http.ts';
import { HttpError } from './http-error.ts';
import type { HttpLimits } from './http-limits.ts';
import { RangeReader } from './http-range.ts';

/** A release that is known of. */
export interface KnownRelease {
  readonly sequence: number;
  readonly manifestDigest: Uint8Array;
}

/**
 * The newest release that the source of the last offer is known to have, or that runs. `code` is what came of the offer:
 * one whose signature did not hold, or that is for another device, may have any sequence and does not count.
 */
export const knownRelease = (status: Status, code: number): KnownRelease => {
  const counts = code >= 0 || code < Err.WrongDevice;
  return counts && status.offered >= status.sequence
    ? { sequence: status.offered, manifestDigest: status.offeredDigest }
    : { sequence: status.sequence, manifestDigest: status.digest };
};

export interface StatementOptions extends HttpLimits {
  readonly statementUrl: string | URL;
  /** Fresh random bytes, 8 to 32: asks for an answer, as `nonce=<hex>` in the query. */
  readonly nonce?: Uint8Array | undefined;
}

/** Undefined when it is longer than a device takes; no more of it is asked for. Throws HttpError. */
const statementFetch = async (options: StatementOptions): Promise<Uint8Array | undefined> => {
  const url = new URL(options.statementUrl);
  if (options.nonce) url.searchParams.set('nonce', Buffer.from(options.nonce).toString('hex'));
  const { client, place, policy } = clientOpen(url, options);
  try {
    return await readWhole(new RangeReader(client, place, policy, options), STATEMENT_MAX);
  } finally {
    client.close();
  }
};

/**
 * What `Freeze.judge` says of the source. Who withholds a release may withhold the statement as well: where it cannot be
 * fetched, nothing vouches for the source, and it is not judged. To be asked when the offer has come to its end.
 */
export const sourceJudge = async (
  freeze: Freeze,
  known: KnownRelease,
  options: StatementOptions,
): Promise<number> => {
  const asked = options.nonce === undefined ? 0 : freeze.ask(options.nonce);
  if (asked < 0) return asked;
  try {
    const bytes = await statementFetch(options);
    if (bytes === undefined) return Err.Statement;
    return freeze.judge(bytes, 0, bytes.length, known.sequence, known.manifestDigest);
  } catch (error) {
    if (error instanceof HttpError) return Err.StatementNotJudged;
    throw error;
  }
};
