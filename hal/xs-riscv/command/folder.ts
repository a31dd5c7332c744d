/** A board in a folder: its two flash banks, the firmware that images are linked behind, and what it was made with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AnchorFile } from '../../../publisher/anchors.ts';
import { Exit, PublishError } from '../../../publisher/errors.ts';
import { readText, writeWhole } from '../../../publisher/files.ts';
import type { BoardSettings } from './settings.ts';

export interface BoardFile {
  readonly version: 1;
  /** 16 bytes each, in hex. */
  readonly vendor: string;
  readonly classId: string;
  readonly anchor: AnchorFile;
  readonly settings: BoardSettings;
}

export interface BoardPlaces {
  readonly about: string;
  readonly code: string;
  readonly data: string;
  readonly firmware: string;
  /** Who runs it. */
  readonly lock: string;
}

export const placesOf = (folder: string): BoardPlaces => ({
  about: join(folder, 'board.json'),
  code: join(folder, 'code.flash'),
  data: join(folder, 'data.flash'),
  firmware: join(folder, 'firmware.xsb'),
  lock: join(folder, 'run.lock'),
});

const unusable = (what: string, file: string, field: string): PublishError =>
  new PublishError(what, {
    file,
    field,
    remedy: 'Give a folder that npm run xs -- create made',
    exit: Exit.InputOutput,
  });

/** `field`: the argument that gave the folder. */
export const boardLoad = (folder: string, field: string): BoardFile => {
  const { about, code, data, firmware } = placesOf(folder);
  for (const file of [about, code, data, firmware])
    if (!existsSync(file)) throw unusable('there is no such file', file, field);
  const text = readText(about, field);
  try {
    const found = JSON.parse(text) as BoardFile;
    const whole = [found.vendor, found.classId, found.anchor.key].every((one) => typeof one === 'string');
    if (found.version === 1 && whole && typeof found.settings.ram === 'number') return found;
  } catch {
    // Said below.
  }
  throw unusable('not the file of a board', about, field);
};

export const boardSave = (folder: string, board: BoardFile): void =>
  writeWhole(placesOf(folder).about, `${JSON.stringify(board, null, 2)}\n`, 'DIR');
