/**
 * Which addresses a client may connect to. A name is judged by what it resolves to at the moment of the connection, and
 * the connection goes to what was judged: between the two there is no second question that could be answered otherwise.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import * as Err from '../../agent/err.ts';
import { HttpError } from './http-error.ts';

export interface AddressGuard {
  /** `host` as the URL has it, without brackets; `address` an IPv4 or IPv6 address. */
  admits(host: string, address: string): boolean;
  /** All addresses of a name. Default: the system's. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

const systemResolve = (host: string): Promise<readonly LookupAddress[]> =>
  new Promise((resolve, reject) =>
    systemLookup(host, { all: true }, (error, found) => (error ? reject(error) : resolve(found))),
  );

const refused = (host: string, address: string): HttpError => {
  const what = host === address ? address : `${host} is at ${address}, which`;
  return new HttpError(`${what} is no public address, and not allowed`, Err.OriginRefused, true);
};

/** Node looks up no host that is an address already. Throws HttpError. */
export const guardLiteral = (guard: AddressGuard, host: string): void => {
  if (isIP(host) !== 0 && !guard.admits(host, host)) throw refused(host, host);
};

/** One address that is not admitted and the name is not: whoever mixes them has something in mind. */
const judged = async (guard: AddressGuard, host: string): Promise<LookupAddress[]> => {
  const found = await (guard.resolve ?? systemResolve)(host);
  const bad = found.find(({ address }) => !guard.admits(host, address));
  if (bad) throw refused(host, bad.address);
  if (found.length === 0) throw new HttpError(`${host} has no address`, Err.SourceLost, false);
  return [...found];
};

/** For node:http and node:https. */
export const guardLookup =
  (guard: AddressGuard): LookupFunction =>
  (host, options, done) => {
    const answered = async (): Promise<void> => {
      const found = await judged(guard, host);
      const { family } = options;
      const fit = family === 4 || family === 6 ? found.filter((one) => one.family === family) : found;
      const [first] = fit;
      if (!first) throw new HttpError(`${host} has no address of that family`, Err.SourceLost, false);
      if (options.all === true) done(null, fit);
      else done(null, first.address, first.family);
    };
    answered().catch((error) => done(error, ''));
  };
