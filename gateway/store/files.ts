/** What the store asks of a file system: one seam, so that a test can make each operation fail, or be the last one. */
import fs from 'node:fs';

export type Files = Pick<
  typeof fs,
  | 'chmodSync'
  | 'closeSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'futimesSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readSync'
  | 'readdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'statSync'
  | 'writeSync'
>;

export const systemFiles: Files = fs;

export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Only its owner may look into it, also where it was there before. */
export const folderMake = (files: Files, path: string): void => {
  files.mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  files.chmodSync(path, FOLDER_MODE);
};

/** So that what was renamed in this folder lasts. */
export const folderSync = (files: Files, path: string): void => {
  const folder = files.openSync(path, 'r');
  try {
    files.fsyncSync(folder);
  } finally {
    files.closeSync(folder);
  }
};
