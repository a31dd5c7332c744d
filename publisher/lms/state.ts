/**
 * Which leaf signs next. A leaf that signs two messages lets anybody sign a third, so a leaf is given away on disk
 * before it is used: first in the key file, then in the mark, then it signs. Cut between any two of them, a leaf is
 * lost, and none is used twice.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { hexOf, sha256 } from '../bytes.ts';
import { Exit, PublishError } from '../errors.ts';
import { fileTrouble, makeFolder, readText, refuseExisting } from '../files.ts';
import { keyRead, keyText, signaturesLeft } from './key-file.ts';
import type { KeyPlace, KeyState } from './key-file.ts';
import { locked } from './lock.ts';
import { birthmark, markAdd, markFile, markNew, markRead } from './mark.ts';
import { signaturesOf } from './parameters.ts';

const SecretFileMode = 0o600;

const machineId = (): string => {
  let name = '';
  try {
    name = readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    // Not every system has one.
  }
  return hexOf(sha256(Buffer.from(name || hostname()))).slice(0, 16);
};

const syncFolder = (folder: string): void => {
  // Windows cannot open a folder, and orders renames by itself.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** Replaces the key file by one that names its own birthmark. On disk when it returns. */
const keyWrite = (file: string, state: KeyState): void => {
  const beside = `${file}.part`;
  rmSync(beside, { force: true });
  const handle = openSync(beside, 'wx', SecretFileMode);
  try {
    const self = birthmark(fstatSync(handle, { bigint: true }));
    writeSync(handle, keyText({ ...state, place: { ...state.place, self } }));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, file);
  syncFolder(dirname(file));
};

const writeGuarded = <T>(file: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof PublishError) throw error;
    throw fileTrouble(
      error,
      file,
      'key',
      'Keep the key in a folder that can be written to; nothing was signed',
    );
  }
};

const placeNow = (file: string): Omit<KeyPlace, 'mark' | 'self'> => ({
  machine: machineId(),
  path: realpathSync(file),
});

/** Neither the key nor its mark is there yet. */
export const refuseKey = (file: string): void => {
  for (const one of [file, markFile(file)]) refuseExisting(one, 'key');
};

/** Makes the key file and its mark. Never replaces one. */
export const keyCreate = (file: string, key: Omit<KeyState, 'next' | 'place'>): void => {
  refuseKey(file);
  makeFolder(dirname(file), 'key');
  writeGuarded(file, () => {
    const mark = markNew(file);
    const path = join(realpathSync(dirname(file)), basename(file));
    keyWrite(file, { ...key, next: 0, place: { machine: machineId(), path, mark, self: '' } });
  });
};

const copied = (what: string, file: string): PublishError =>
  new PublishError(what, {
    file,
    field: 'place',
    remedy:
      'Sign with the file that keygen wrote. Where this one takes its place for good, and the other one is destroyed: ' +
      'flipside keygen --adopt <file> --skip <leaves that may have been used since>',
    exit: Exit.Refused,
  });

/** Throws for a state that is not where its key was last used, or older than what its mark says. */
const checkPlace = (state: KeyState, file: string): void => {
  const now = placeNow(file);
  const { machine, path, mark, self } = state.place;
  if (machine !== now.machine) throw copied('this key was made on another machine', file);
  if (path !== now.path) throw copied(`this is a copy of ${path}`, file);
  if (self !== birthmark(statSync(file, { bigint: true }))) throw copied('this file is a copy', file);
  const found = markRead(file);
  if (!found) throw copied(`${markFile(file)} is not there`, file);
  if (mark !== found.birthmark) throw copied(`${markFile(file)} is a copy`, file);
  if (state.next < found.next) {
    throw copied(
      `an old state: it would sign with leaf ${state.next}, and ${found.next} were given away`,
      file,
    );
  }
};

export const stateLoad = (file: string): KeyState => keyRead(readText(file, 'key'), file);

/** By whichever link it is reached: one key has one lock. */
const real = (file: string): string => {
  try {
    return realpathSync(file);
  } catch (error) {
    throw fileTrouble(error, file, 'key', 'Give the path of a key that flipside keygen made');
  }
};

/** Gives away the next leaf, on disk, and says which. */
export const leafTake = (given: string): { state: KeyState; leaf: number } => {
  const file = real(given);
  return writeGuarded(file, () =>
    locked(file, () => {
      const state = stateLoad(file);
      checkPlace(state, file);
      if (signaturesLeft(state) <= 0) {
        const count = signaturesOf(state.parameters);
        throw new PublishError(`all ${count.toLocaleString('en-US')} signatures of this key are made`, {
          file,
          field: 'key',
          remedy:
            'Sign with another anchor of your devices; a new key (flipside keygen) needs its anchor on them first',
          exit: Exit.Refused,
        });
      }
      const next = state.next + 1;
      keyWrite(file, { ...state, next });
      markAdd(file, next);
      return { state: { ...state, next }, leaf: state.next };
    }),
  );
};

/** Makes a moved or restored key this place's own, without the next `skip` leaves: the owner's word. */
export const keyAdopt = (given: string, skip: number): KeyState => {
  const file = real(given);
  return writeGuarded(file, () =>
    locked(file, () => {
      const state = stateLoad(file);
      const found = markRead(file);
      const next = Math.min(Math.max(state.next, found?.next ?? 0) + skip, signaturesOf(state.parameters));
      const mark = found ? found.birthmark : markNew(file);
      const adopted = { ...state, next, place: { ...placeNow(file), mark, self: '' } };
      keyWrite(file, adopted);
      markAdd(file, next);
      return adopted;
    }),
  );
};
