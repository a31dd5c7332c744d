/** Files, and the releases that they make up. Types only. */
import type { Digest } from './base.ts';

/** A file that is wanted. It is known by its digest, or by a name that is made of it (`<32 digits of hex>.bin`). */
export interface Wanted {
  readonly url: string;
  readonly name: string;
  /** What the server says; what the name says is held to as well. */
  readonly sha256?: Digest | undefined;
  readonly size?: number | undefined;
  /** No more than this, whatever the server says. */
  readonly sizeMax: number;
  /** The field Authorization; sent to that origin, and to no other. */
  readonly authorization?: string | undefined;
  /** There was one, and it was not kept over a restart. */
  readonly guarded?: boolean | undefined;
}

/** A file that is whole, proven by its digest, and on the disk for good. */
export interface Artefact {
  readonly digest: Digest;
  readonly size: number;
}

/** How far a download is; shown on the status page. */
export interface Download {
  readonly name: string;
  readonly received: number;
  /** Undefined: not known yet. */
  readonly size: number | undefined;
}

export interface ArtefactStore {
  find(digest: Digest): Artefact | undefined;
  /** Bytes from `offset` into `into`; fewer at the end, -1 where it is not there (any more). */
  read(digest: Digest, offset: number, into: Uint8Array): number;
  /** Pinned artefacts are not evicted. Replaces the set. */
  pin(digests: ReadonlySet<Digest>): void;
  usage(): { readonly bytes: number; readonly quota: number; readonly artefacts: number };
  close(): void;
}

export interface ReleaseFile {
  /** As the devices ask for it, relative to the envelope's own place. */
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A release whose envelope an anchor of the configuration has signed, with all its files in the store. */
export interface Release {
  /** Digest of the envelope file. Devices find it at `r/<id>/update.suit`, and payloads beside it. */
  readonly id: Digest;
  readonly manifestDigest: Digest;
  /** UUIDs; undefined where the manifest does not say. */
  readonly vendor: string | undefined;
  readonly classId: string | undefined;
  readonly sequence: number;
  readonly securityVersion: number;
  readonly envelope: ReleaseFile;
  readonly payloads: readonly ReleaseFile[];
}

/** Where a release lies at its origin: an envelope, with payloads beside it or at URLs of their own (hawkBit artifacts). */
export interface ReleaseSource {
  readonly envelope: Wanted;
  /** By name, where the server has said more than the manifest does. */
  readonly files: readonly Wanted[];
  /** A signed statement of the latest sequence, where the server has one beside. */
  readonly statement?: Wanted | undefined;
}

export interface Releases {
  /** One download however many ask. Throws ReleaseError (code, message, fatal: not to be tried again). */
  obtain(source: ReleaseSource): Promise<Release>;
  find(id: Digest): Release | undefined;
  all(): readonly Release[];
  downloads(): readonly Download[];
  close(): Promise<void>;
}
