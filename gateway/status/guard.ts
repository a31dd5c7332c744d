/**
 * Who may ask, and who may command.
 *
 * A page of a stranger that runs in an administrator's browser can send requests here. It cannot read what comes back,
 * unless its name has been pointed at this address (DNS rebinding): so a name in Host has to be one of ours. And it
 * cannot command: the token goes in a header, which a form cannot set, and Origin has to be the page's own.
 */
import { isIP } from 'node:net';
import { Exit, PublishError } from '../../publisher/errors.ts';
import { tokenHash, tokenHolds } from '../config/secrets.ts';

/** Characters: of the shortest token that is taken. 24 of base64 are 144 bits. */
export const TOKEN_LEAST = 16;
const TOKEN_MOST = 512;
const HOST_MOST = 260;

/** Throws PublishError where the token is none. */
export const tokenCheck = (token: string): ((header: string | undefined) => boolean) => {
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < TOKEN_LEAST || token.length > TOKEN_MOST) {
    throw new PublishError('the token is too short, or has characters that a header cannot carry', {
      field: '--status-token-file',
      remedy: `Give ${TOKEN_LEAST} characters or more: openssl rand -base64 24`,
      exit: Exit.Usage,
    });
  }
  const wanted = tokenHash(token);
  return (header) => {
    const given = /^Bearer +([\x21-\x7e]+)$/i.exec((header ?? '').slice(0, TOKEN_MOST + 16))?.[1];
    return given !== undefined && tokenHolds(given, wanted);
  };
};

/** Name or address without port and brackets; undefined where it is none. */
const hostName = (host: string | undefined): string | undefined => {
  if (host === undefined || host.length > HOST_MOST) return undefined;
  return /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i
    .exec(host)
    ?.slice(1)
    .find(Boolean)
    ?.toLowerCase();
};

/** An address cannot be pointed elsewhere; a name can, and has to be known. */
export const hostCheck = (known: readonly string[]): ((host: string | undefined) => boolean) => {
  const names = new Set(['localhost', ...known.map((name) => name.toLowerCase())]);
  return (host) => {
    const name = hostName(host);
    return name !== undefined && (isIP(name) !== 0 || names.has(name));
  };
};

/** Browsers send Origin with each POST; a command line does not. The scheme may be another in front of a proxy. */
export const originFits = (origin: string | undefined, host: string | undefined): boolean => {
  if (origin === undefined) return true;
  const match = /^https?:\/\/([^/?#@\s]+)$/i.exec(origin.slice(0, HOST_MOST + 8));
  return match !== null && host !== undefined && match[1]!.toLowerCase() === host.toLowerCase();
};
