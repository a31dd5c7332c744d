/** What the store is to downloads and releases; devices see gateway/contract.ts. */
import type { Artefact, ArtefactStore, Digest } from '../contract.ts';
import type { Files } from './files.ts';

export interface StoreOptions {
  readonly folder: string;
  /** Bytes of artefacts and parts together. */
  readonly quota: number;
  readonly now?: () => number;
  /** Given by tests. */
  readonly files?: Files;
}

/** A part, as a download holds it. Each call but `close` may throw StoreError. */
export interface Part {
  /** Bytes that are there. */
  readonly length: number;
  readonly digest: Digest;
  append(bytes: Uint8Array): void;
  restart(): void;
  content(): Uint8Array;
  /** It is what was wanted: makes it whole. */
  keep(): Artefact;
  /** Leaves it for later. */
  close(): void;
  drop(): void;
}

export interface Store extends ArtefactStore {
  readonly folder: string;
  /** By the first digits of its digest. */
  findNamed(digits: string): Artefact | undefined;
  /** The same, for all that is known without reading it. */
  look(digits: string): Artefact | undefined;
  /** It is not evicted until the answer is called. */
  hold(digest: Digest): () => void;
  /** Throws StoreError where so many bytes more cannot be had. */
  room(bytes: number): void;
  /** The part of that name, 64 digits of hex, with what is there of it. One at a time. */
  part(key: string): Promise<Part>;
  put(bytes: Uint8Array): Promise<Artefact>;
  /** Reads everything, with `pause` before each (false ends it); how many were not what their name says, and are gone. */
  scrub(pause?: () => Promise<boolean>): Promise<number>;
}
