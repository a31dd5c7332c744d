/** Lays a release out for static hosting. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hexOf, sha256 } from './bytes.ts';
import { PublishError } from './errors.ts';
import { makeFolder, readText, writeWhole } from './files.ts';
import { uuidText } from './identifiers.ts';
import { payloadName } from './pack.ts';
import type { Release } from './release.ts';
import { digestName } from './release.ts';
import { StatementFile, statementOf, statementWrite } from './statement.ts';
import type { StatementOccasion } from './statement.ts';
import type { SigningKey } from './keys.ts';

export const LatestFile = 'latest.json';

/** What a gateway or a device asks first. Not signed: it only says where to look. */
export interface Latest {
  readonly version: 1;
  readonly sequence: number;
  readonly securityVersion: number;
  readonly manifestDigest: string;
  readonly vendor: string | null;
  readonly classId: string | null;
  readonly envelope: string;
  readonly envelopeSize: number;
  /** Of slot A where there are two; null when it is inside the envelope. */
  readonly payload: string | null;
  readonly payloadSize: number;
  /** Every payload, by slot; then the patches. */
  readonly payloads: readonly { readonly file: string; readonly size: number }[];
}

export interface PublishOptions {
  readonly release: Release;
  readonly to: string;
  /** Goes back to a lower sequence, or changes what a sequence stands for. */
  readonly replace?: boolean | undefined;
  /** Signs a statement that this is the latest, beside latest.json. */
  readonly statement?:
    (StatementOccasion & { readonly key: SigningKey; readonly allowTestKeys?: boolean }) | undefined;
}

/** A URI that lies below the envelope's own place; undefined for any other. */
const relativePath = (uri: string | undefined): string | undefined =>
  uri !== undefined &&
  /^[\w.-]+(\/[\w.-]+)*$/.test(uri) &&
  !uri.split('/').includes('..') &&
  uri !== LatestFile &&
  uri !== StatementFile
    ? uri
    : undefined;

export const latestParse = (text: string, file: string): Latest => {
  let found: Partial<Latest>;
  try {
    found = Object(JSON.parse(text)) as Partial<Latest>;
  } catch {
    throw new PublishError('not JSON', { file, field: 'latest', remedy: 'Publish anew with --replace' });
  }
  if (
    found.version === 1 &&
    Number.isSafeInteger(found.sequence) &&
    typeof found.manifestDigest === 'string'
  ) {
    return found as Latest;
  }
  throw new PublishError('not a statement of version 1', {
    file,
    field: 'version',
    remedy: 'Publish anew with --replace',
  });
};

const refuseOlder = (to: string, sequence: number, manifestDigest: string): void => {
  const file = join(to, LatestFile);
  if (!existsSync(file)) return;
  const before = latestParse(readText(file, 'latest'), file);
  if (before.sequence < sequence || before.manifestDigest === manifestDigest) return;
  throw new PublishError(`${sequence} is not above ${before.sequence}, which is published`, {
    file,
    field: 'sequence',
    remedy:
      'Pack with a higher --sequence; --replace publishes it anyway, but devices that have the other refuse it',
  });
};

const signed = (release: Release, statement: NonNullable<PublishOptions['statement']>): Uint8Array => {
  const { key, issued, expires, nonce } = statement;
  const facts = statementOf(release.view, { issued, expires, nonce });
  return statementWrite(facts, key, { allowTestKeys: statement.allowTestKeys ?? false });
};

/**
 * Payloads first, then latest.json, each by rename: who reads in between gets the old release, whole. The signed statement
 * comes last: before, it would name what is not offered yet.
 */
export const publish = (options: PublishOptions): Latest => {
  const { release, to } = options;
  const { manifest, digest } = release.view;
  const manifestDigest = hexOf(digest);
  const sequence = Number(manifest.sequence);
  makeFolder(to, '--to');
  if (!options.replace) refuseOlder(to, sequence, manifestDigest);
  // Before anything is laid out: what cannot be signed is not published by halves.
  const statement = options.statement && signed(release, options.statement);
  const uris = [
    ...release.payloads.map((_, at) => manifest.variants[at]?.uri),
    ...manifest.patches.map((one) => one.uri),
  ];
  const payloads = [...release.payloads, ...release.patches].map((payload, at) => {
    const file = relativePath(uris[at]) ?? payloadName(payload);
    writeWhole(join(to, file), payload, '--to');
    return { file, size: payload.length };
  });
  // Named by its own bytes: one manifest may be published again with a signature more.
  const envelope = `${digestName(sha256(release.envelope))}.suit`;
  writeWhole(join(to, envelope), release.envelope, '--to');
  const latest: Latest = {
    version: 1,
    sequence,
    securityVersion: manifest.securityVersion,
    manifestDigest,
    vendor: manifest.vendor ? uuidText(manifest.vendor) : null,
    classId: manifest.classId ? uuidText(manifest.classId) : null,
    envelope,
    envelopeSize: release.envelope.length,
    payload: payloads[0]?.file ?? null,
    payloadSize: payloads[0]?.size ?? 0,
    payloads,
  };
  writeWhole(join(to, LatestFile), `${JSON.stringify(latest, null, 2)}\n`, '--to');
  if (statement) writeWhole(join(to, StatementFile), statement, '--to');
  return latest;
};
