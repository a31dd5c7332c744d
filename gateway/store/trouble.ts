/** Why the store does not take something. */

/**
 *   quota   no room, and nothing that may go      full    the disk, or its owner's share of it, is full
 *   failed  the file system refused in another way
 */
export type StoreTrouble = 'quota' | 'full' | 'failed';

export class StoreError extends Error {
  readonly kind: StoreTrouble;
  constructor(kind: StoreTrouble, message: string) {
    super(message);
    this.name = 'StoreError';
    this.kind = kind;
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** What the file system threw at `path`, as one of ours. */
export const storeErrorOf = (error: unknown, path: string): StoreError => {
  if (error instanceof StoreError) return error;
  if (FULL.has(errnoOf(error))) {
    const remedy = 'make room on the disk; what is in the store stays, and downloads go on where they were';
    return new StoreError('full', `${path}: the disk is full (${errnoOf(error)}); ${remedy}`);
  }
  const words = error instanceof Error ? error.message : String(error);
  return new StoreError('failed', `${path}: ${words}; look after the disk and the rights of the folder`);
};
