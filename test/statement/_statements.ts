import { openFreeze } from '../../agent/freeze.ts';
import type { Freeze, FreezePorts } from '../../agent/freeze.ts';
import { nodeCrypto, signerNew } from '../_crypto.ts';
import type { Signer } from '../_crypto.ts';
import { cbor, CLASS, map, Tagged, VENDOR } from '../_envelope.ts';
import type { Value } from '../_envelope.ts';

export const NOW = 1_800_000_000;
export const DIGEST: Uint8Array = new Uint8Array(32).fill(0xd1);
export const OTHER: Uint8Array = new Uint8Array(32).fill(0xd2);
export const NONCE: Uint8Array = Uint8Array.from({ length: 16 }, (_, i) => i);
export const signer: Signer = signerNew(-19, 'release');
export const stranger: Signer = signerNew(-19, 'stranger');

/** Keys in place of the usual ones; undefined takes one away. */
export type Change = Record<number, Value>;

export const payloadOf = (change: Change = {}): Uint8Array => {
  const all: Record<number, Value> = {
    1: 1,
    2: VENDOR,
    3: CLASS,
    4: 7,
    5: 3,
    6: DIGEST,
    7: NOW - 60,
    8: NOW + 86400,
    ...change,
  };
  for (const key of Object.keys(all)) if (all[Number(key)] === undefined) delete all[Number(key)];
  return cbor(map(all));
};

export interface Sealing {
  readonly signer?: Signer;
  readonly named?: boolean;
  /** What is signed; by default what is sent. */
  readonly signed?: Uint8Array;
  readonly header?: Uint8Array;
}

export const sealed = (payload: Uint8Array, options: Sealing = {}): Uint8Array => {
  const by = options.signer ?? signer;
  const header =
    options.header ??
    cbor(map(options.named === false ? { 1: by.algorithm } : { 1: by.algorithm, 4: by.keyId }));
  const message = cbor(['Signature1', header, new Uint8Array(0), options.signed ?? payload]);
  return cbor(new Tagged(18, [header, new Map(), payload, by.sign(message)]));
};

export const statement = (change: Change = {}, options: Sealing = {}): Uint8Array =>
  sealed(payloadOf(change), options);

export const clockAt = (now: number, trusted = true): NonNullable<FreezePorts['clock']> => ({
  now: () => now,
  trusted: () => trusted,
});

export const freezeOf = (ports: Partial<FreezePorts> = {}, signers: readonly Signer[] = [signer]): Freeze =>
  openFreeze(
    { crypto: nodeCrypto(), clock: clockAt(NOW), ...ports },
    { vendor: VENDOR, classId: CLASS, anchors: signers.map(({ anchor }) => anchor) },
  );

/** The verdict where the source offers, or the device runs, this. */
export const judge = (freeze: Freeze, bytes: Uint8Array, sequence = 7, digest: Uint8Array = DIGEST): number =>
  freeze.judge(bytes, 0, bytes.length, sequence, digest);
