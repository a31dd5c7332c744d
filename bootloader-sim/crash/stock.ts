/** The images that a scenario deals in, signed. Made by whoever has a key: the checker has none. */
import type { Update } from '../deliver.ts';
import type { Decryption } from '../../hal/ports.ts';
import type { Config } from '../flipside.ts';

export interface Release {
  readonly name: string;
  readonly image: Uint8Array;
  readonly envelope: Uint8Array;
  readonly payload: Uint8Array;
  /** What is fetched in place of it where the image that runs is the base of a patch. */
  readonly patches?: Update['patches'];
  /** What a programmer writes to a slot of that size to have this release in it. */
  readonly slot: (size: number, unit: number, eraseValue: number) => Uint8Array;
  readonly sequence: number;
  readonly manifestDigest: Uint8Array;
  readonly securityVersion: number;
  /** What the floor rises to when it is confirmed, if it says so. */
  readonly minimumSecurityVersion: number | undefined;
  readonly format: 'framed' | 'plain' | 'integrated';
}

export interface Stock {
  readonly config: Config;
  readonly decryption?: Decryption | undefined;
  readonly releases: Readonly<Record<string, Release>>;
}

export const releaseOf = (stock: Stock, name: string): Release => {
  const release = stock.releases[name];
  if (release === undefined)
    throw new Error(`no release "${name}"; there are ${Object.keys(stock.releases).join(', ')}`);
  return release;
};
