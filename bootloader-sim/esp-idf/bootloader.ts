/**
 * A model of ESP-IDF's second-stage bootloader, as far as it decides which app runs: bootloader_utility.c,
 * bootloader_common.c and bootloader_common_loader.c of espressif/esp-idf at
 * 102122904ade11fd1ae373848f34ffd7dfb18aeb (2026-07-23), with CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE, and what they do
 * wrong with it. What flash throws when power goes comes out of it.
 *
 * Not modelled: anti-rollback by eFuse, secure boot, factory reset and test app by GPIO, skipped validation after deep
 * sleep.
 */
import type { FlashPartition } from '../../hal/ports.ts';
import { PowerCut } from '../../hal/node/power.ts';
import type { ChipRules } from './image.ts';
import { loads } from './image.ts';
import {
  ImageState,
  SELECT_ENTRY_LENGTH,
  SEQUENCE_BLANK,
  activeSelect,
  decodeSelect,
  encodeSelect,
  selectCrc,
  selectInitial,
  selectInvalid,
} from './otadata.ts';
import type { SelectEntry } from './otadata.ts';

export interface App {
  readonly partition: FlashPartition;
  /** Where it starts in the flash, bytes. */
  readonly offset: number;
}

/** What the partition table says. */
export interface BootState {
  readonly otadata?: FlashPartition | undefined;
  readonly factory?: App | undefined;
  readonly test?: App | undefined;
  /** ota_0 and on. */
  readonly ota: readonly App[];
  /** Rows for OTA apps, which upstream counts instead of looking which there are. Default: as many as there are. */
  readonly count?: number | undefined;
}

export interface BootOptions {
  readonly chip: ChipRules;
  /** CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE. Default true. */
  readonly rollback?: boolean;
  /** Replaces the verification of an image. */
  readonly loads?: (app: App, index: number) => boolean;
}

/** As upstream numbers them; INVALID means that the bootloader resets. */
export const FACTORY_INDEX: number = -1;
export const TEST_INDEX: number = -2;
export const INVALID_INDEX: number = -99;

const SECTOR = 4096;

interface Selection {
  readonly index: number;
  /** ota_has_initial_contents. */
  readonly initial: boolean;
}

/** write_otadata: what goes wrong with power on is logged, and passed over. */
const writeOtadata = (otadata: FlashPartition, sector: number, entry: SelectEntry): void => {
  try {
    otadata.eraseBlock(sector, sector + 1);
    otadata.write(encodeSelect(entry), sector * SECTOR);
  } catch (error) {
    if (error instanceof PowerCut) throw error;
  }
};

const readEntry = (otadata: FlashPartition, sector: number): SelectEntry => {
  const bytes = new Uint8Array(SELECT_ENTRY_LENGTH);
  otadata.read(bytes, sector * SECTOR);
  return decodeSelect(bytes);
};

/** Writes the state to flash and says what the entry now is, in memory: also where flash did not take it. */
const mark = (otadata: FlashPartition, sector: number, entry: SelectEntry, state: number): SelectEntry => {
  const marked = { ...entry, state };
  writeOtadata(otadata, sector, marked);
  return marked;
};

const countOf = ({ count, ota }: BootState): number => count ?? ota.length;

/** bootloader_utility_get_selected_boot_partition. */
const select = (state: BootState, rollback: boolean): Selection => {
  const { otadata, factory } = state;
  const count = countOf(state);
  if (otadata === undefined) return { index: FACTORY_INDEX, initial: false };
  if (otadata.status().size < 2 * SECTOR) return { index: INVALID_INDEX, initial: false };
  let entries = [0, 1].map((sector) => readEntry(otadata, sector));
  if (rollback) {
    // The crc is not looked at.
    entries = entries.map((entry, sector) =>
      entry.state === ImageState.PendingVerify ? mark(otadata, sector, entry, ImageState.Aborted) : entry,
    );
  }
  const [one, two] = entries as [SelectEntry, SelectEntry];
  if ((selectInvalid(one) && selectInvalid(two)) || count === 0) {
    if (factory !== undefined) return { index: FACTORY_INDEX, initial: false };
    return { index: 0, initial: selectInitial(one) && selectInitial(two) };
  }
  const active = activeSelect(one, two);
  if (active === -1) return { index: FACTORY_INDEX, initial: false };
  const entry = entries[active]!;
  const index = ((entry.sequence - 1) >>> 0) % count;
  if (rollback && entry.state === ImageState.New) mark(otadata, active, entry, ImageState.PendingVerify);
  return { index, initial: false };
};

/** set_actual_ota_seq. */
const setActual = ({ otadata }: BootState, { initial }: Selection, index: number): void => {
  if (!initial || index <= FACTORY_INDEX || otadata === undefined) return;
  const sequence = index + 1;
  const label = new Uint8Array(20).fill(0xff);
  writeOtadata(otadata, 0, { sequence, label, state: ImageState.Valid, crc: selectCrc(sequence) });
};

const appAt = (state: BootState, index: number): App | undefined => {
  if (index === FACTORY_INDEX) return state.factory;
  if (index === TEST_INDEX) return state.test;
  return index < countOf(state) ? state.ota[index] : undefined;
};

/** From `start` down to the factory app, then up from `start`, then the test app: whatever state otadata gives them. */
const orderFrom = (start: number, count: number): number[] => {
  const down = Array.from({ length: start - FACTORY_INDEX + 1 }, (_, step) => start - step);
  const up = Array.from({ length: Math.max(count - start - 1, 0) }, (_, step) => start + 1 + step);
  return [...down, ...up, TEST_INDEX];
};

/** One run of the bootloader: the index of the app that starts, FACTORY_INDEX, TEST_INDEX, or INVALID_INDEX. */
export const espIdfBoot = (state: BootState, options: BootOptions): number => {
  const load =
    options.loads ??
    ((app: App): boolean => {
      const bytes = new Uint8Array(app.partition.status().size);
      app.partition.read(bytes, 0);
      return loads(bytes, options.chip, app.offset);
    });
  const selection = select(state, options.rollback ?? true);
  if (selection.index === INVALID_INDEX) return INVALID_INDEX;
  for (const index of orderFrom(selection.index, countOf(state))) {
    const app = appAt(state, index);
    if (app === undefined || !load(app, index)) continue;
    setActual(state, selection, index);
    return index;
  }
  return INVALID_INDEX;
};

/** A blank otadata sector as an entry. */
export const BLANK_ENTRY: SelectEntry = {
  sequence: SEQUENCE_BLANK,
  label: new Uint8Array(20).fill(0xff),
  state: 0xffffffff,
  crc: 0xffffffff,
};
