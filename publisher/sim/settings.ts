/** What a simulated board is, kept beside its flash in a folder. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Owner } from '../../agent/index.ts';
import type { Behaviour, ClockKind } from '../../bootloader-sim/index.ts';
import type { CutPlan } from '../../hal/node/power.ts';
import type { AnchorFile } from '../anchors.ts';
import { Exit, PublishError } from '../errors.ts';
import { readBytes, readText, writeWhole } from '../files.ts';
import { numberParse } from '../verbs/values.ts';

export interface SimSettings {
  readonly version: 1;
  readonly board: string;
  /** 16 bytes each, in hex. */
  readonly vendor: string;
  readonly classId: string;
  readonly anchors: readonly AnchorFile[];
  readonly threshold?: number | undefined;
  readonly attempts?: number | undefined;
  /** Seconds. */
  readonly trialWindow?: number | undefined;
  readonly clock?: ClockKind | undefined;
  /** Seconds since 1970 at the first boot. */
  readonly seconds?: number | undefined;
  /** What the owner wants of the moment. */
  readonly owner?: Pick<Owner, 'windows' | 'zone' | 'patience'> | undefined;
  /** Of images that are not JavaScript: by SHA-256 in hex, and of all others. */
  readonly behaviours?: Readonly<Record<string, Behaviour>> | undefined;
  readonly otherwise?: Behaviour | undefined;
  /** Where the power goes, once, from the next command on. */
  readonly cut?: CutPlan | undefined;
}

const SettingsFile = 'flipside.json';

export const settingsFile = (folder: string): string => join(folder, SettingsFile);

export const settingsExist = (folder: string): boolean => existsSync(settingsFile(folder));

export const settingsLoad = (folder: string): SimSettings => {
  const file = settingsFile(folder);
  if (!existsSync(file)) {
    const remedy = 'Give a folder that flipside sim create made';
    throw new PublishError('there is no board', {
      file: folder,
      field: 'BOARD',
      remedy,
      exit: Exit.InputOutput,
    });
  }
  const text = readText(file, 'BOARD');
  try {
    const found = JSON.parse(text) as SimSettings;
    const whole = [found.board, found.vendor, found.classId].every((one) => typeof one === 'string');
    if (found.version === 1 && whole && Array.isArray(found.anchors)) return found;
  } catch {
    // Said below.
  }
  const remedy = 'Make the board anew with flipside sim create';
  throw new PublishError('not the settings of a board', {
    file,
    field: 'BOARD',
    remedy,
    exit: Exit.InputOutput,
  });
};

export const settingsSave = (folder: string, settings: SimSettings): void =>
  writeWhole(settingsFile(folder), `${JSON.stringify(settings, null, 2)}\n`, 'BOARD');

const withTicks = ['crashesLater', 'hangs', 'confirmsLate', 'failsCheck'] as const;
const without = ['healthy', 'crashesAtStart', 'neverConfirms', 'noNetwork'] as const;

const behaviourParse = (text: string): Behaviour => {
  const [kind = '', given] = text.split(':');
  const ticks = given === undefined ? 1 : numberParse(given, 'behaviour');
  const timed = withTicks.find((one) => one === kind);
  if (timed) return { kind: timed, ticks };
  const plain = without.find((one) => one === kind);
  if (plain) return { kind: plain };
  const remedy = `Give one of ${[...without, ...withTicks].join(', ')}; the last four with :ticks`;
  throw new PublishError(`${text} is not known`, { field: '--behaviour', remedy, exit: Exit.Usage });
};

/** Each is `kind[:ticks]`, for every image that is not JavaScript, or `image=kind[:ticks]` for that one. */
export const behavioursAdd = (settings: SimSettings, texts: readonly string[]): SimSettings => {
  const behaviours: Record<string, Behaviour> = { ...settings.behaviours };
  let otherwise = settings.otherwise;
  for (const text of texts) {
    const split = text.lastIndexOf('=');
    if (split < 0) otherwise = behaviourParse(text);
    else {
      const image = readBytes(text.slice(0, split), '--behaviour');
      behaviours[createHash('sha256').update(image).digest('hex')] = behaviourParse(text.slice(split + 1));
    }
  }
  return { ...settings, behaviours, otherwise };
};
