/**
 * Who a device is over HTTP: `Authorization: TargetToken <token>`, as hawkBit's DDI has it. The gateway knows the SHA-256
 * of each token, and no token.
 */
import { tokenHash, tokenHolds } from '../config/secrets.ts';

/** `none`: no token is shown. `wrong`: one that is no device's, or something else. */
export type Shown =
  { readonly kind: 'none' } | { readonly kind: 'wrong' } | { readonly kind: 'device'; readonly id: string };

export interface Tokens {
  shown(authorization: string | undefined): Shown;
  /** Whether that device has one: without it nobody is taken for it. */
  has(id: string): boolean;
}

/** The scheme, as RFC 9110 section 11.1 has it, in letters of any case; a token of 1 to 512 characters. */
const FIELD = /^TargetToken +([\x21-\x7e]{1,512})$/i;

/** By device. One without a hash has no token, and none is taken for it. */
export const tokensOf = (hashes: Iterable<readonly [id: string, hash: string | undefined]>): Tokens => {
  // Found by the digest of what was shown: how long that takes tells nothing of a token that is not known already.
  const ids = new Map<string, string>();
  for (const [id, hash] of hashes) if (hash !== undefined && hash !== '') ids.set(hash, id);
  const holders = new Set(ids.values());
  const shown = (authorization: string | undefined): Shown => {
    if (authorization === undefined) return { kind: 'none' };
    const token = FIELD.exec(authorization)?.[1] ?? '';
    const hash = tokenHash(token);
    const id = ids.get(hash);
    const holds = tokenHolds(token, id === undefined ? undefined : hash);
    return holds && id !== undefined ? { kind: 'device', id } : { kind: 'wrong' };
  };
  return { shown, has: (id) => holders.has(id) };
};
