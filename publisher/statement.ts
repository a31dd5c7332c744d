/** The signed statement of the latest sequence: docs/SPEC.md section 13.1. */
import { cborDecode, cborEncode } from './cbor.ts';
import { coseMessageRead, sign1Write } from './cose-message.ts';
import type { CoseMessage } from './cose-message.ts';
import { Exit, PublishError } from './errors.ts';
import { refusePublishedKey } from './keys.ts';
import type { SigningKey } from './keys.ts';
import type { EnvelopeView } from './read-envelope.ts';

/** Beside latest.json in a folder that is served. */
export const StatementFile = 'latest.statement';
const Version = 1;
const StatementCap = 4096;
export const NonceLeast = 8;
export const NonceMost = 32;

const Field = {
  Version: 1,
  Vendor: 2,
  Class: 3,
  Sequence: 4,
  SecurityVersion: 5,
  Digest: 6,
  Issued: 7,
  Expires: 8,
  Nonce: 9,
} as const;

export interface StatementFacts {
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly sequence: number;
  readonly securityVersion: number;
  readonly manifestDigest: Uint8Array;
  /** Seconds since 1970. */
  readonly issued: number;
  readonly expires?: number | undefined;
  readonly nonce?: Uint8Array | undefined;
}

export interface StatementView extends StatementFacts {
  readonly message: CoseMessage;
}

/** When it is made, and how it is to be fresh: until a time, as the answer to a nonce, or both. */
export type StatementOccasion = Pick<StatementFacts, 'issued' | 'expires' | 'nonce'>;

/** What is stated of a release. */
export const statementOf = (
  view: EnvelopeView,
  occasion: StatementOccasion,
  file?: string,
): StatementFacts => {
  const { vendor, classId, sequence, securityVersion } = view.manifest;
  if (!vendor || !classId) {
    const remedy = 'Pack it with flipside, which names both';
    throw new PublishError('the manifest names no vendor or class', { file, field: 'manifest', remedy });
  }
  return {
    vendor,
    classId,
    sequence: Number(sequence),
    securityVersion,
    manifestDigest: view.digest,
    ...occasion,
  };
};

const usage = (what: string, field: string, remedy: string): PublishError =>
  new PublishError(what, { field, remedy, exit: Exit.Usage });

const checkOccasion = ({ issued, expires, nonce }: StatementOccasion): void => {
  if (expires === undefined && nonce === undefined)
    throw usage('for ever and for nobody', '--expires', 'Give the time until which it holds, or --nonce');
  if (expires !== undefined && expires <= issued)
    throw usage('is over already', '--expires', 'Give a time to come');
  if (nonce !== undefined && !(nonce.length >= NonceLeast && nonce.length <= NonceMost))
    throw usage(`${nonce.length} bytes`, '--nonce', `Give ${NonceLeast} to ${NonceMost} bytes in hex`);
};

/** Signs it. The key must be one of an anchor of the devices, with the scope for vendor and class. */
export const statementWrite = (
  facts: StatementFacts,
  key: SigningKey,
  options: { readonly allowTestKeys?: boolean } = {},
): Uint8Array => {
  checkOccasion(facts);
  if (!options.allowTestKeys) refusePublishedKey(key);
  const payload = new Map<number, unknown>([
    [Field.Version, Version],
    [Field.Vendor, facts.vendor],
    [Field.Class, facts.classId],
    [Field.Sequence, facts.sequence],
    [Field.SecurityVersion, facts.securityVersion],
    [Field.Digest, facts.manifestDigest],
    [Field.Issued, facts.issued],
  ]);
  if (facts.expires !== undefined) payload.set(Field.Expires, facts.expires);
  if (facts.nonce !== undefined) payload.set(Field.Nonce, facts.nonce);
  const statement = sign1Write(cborEncode(payload), key);
  if (statement.length <= StatementCap) return statement;
  throw new PublishError(`${statement.length} bytes, and a device takes at most ${StatementCap}`, {
    field: 'statement',
    remedy: 'Sign with a key of shorter signatures',
  });
};

/** Whether this payload is of a statement, and not of a report. */
export const isStatement = (payload: unknown): payload is Map<number, unknown> =>
  payload instanceof Map && payload.has(Field.Version) && payload.has(Field.Issued);

/** Reads one, and proves nothing: what a device says of it, `deviceStatement` says. */
export const statementRead = (bytes: Uint8Array, file?: string): StatementView => {
  const message = coseMessageRead(bytes, 'statement', file);
  const payload = cborDecode(message.payload, 'statement', file);
  const fail = (field: string): PublishError =>
    new PublishError('not a statement of version 1', {
      file,
      field,
      remedy: 'Make it anew with flipside statement',
    });
  if (!isStatement(payload) || payload.get(Field.Version) !== Version) throw fail('version');
  const number = (key: number, field: string): number => {
    const value = payload.get(key);
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw fail(field);
  };
  const bytesOf = (key: number, field: string, least: number, most: number): Uint8Array => {
    const value = payload.get(key);
    if (value instanceof Uint8Array && value.length >= least && value.length <= most) return value;
    throw fail(field);
  };
  return {
    message,
    vendor: bytesOf(Field.Vendor, 'vendor', 16, 16),
    classId: bytesOf(Field.Class, 'class', 16, 16),
    sequence: number(Field.Sequence, 'sequence'),
    securityVersion: number(Field.SecurityVersion, 'security version'),
    manifestDigest: bytesOf(Field.Digest, 'manifest digest', 32, 32),
    issued: number(Field.Issued, 'issued'),
    ...(payload.has(Field.Expires) ? { expires: number(Field.Expires, 'expires') } : {}),
    ...(payload.has(Field.Nonce) ? { nonce: bytesOf(Field.Nonce, 'nonce', NonceLeast, NonceMost) } : {}),
  };
};
