/**
 * A model of the second-stage bootloader of ESP-IDF with application rollback (bootloader_utility.c and
 * bootloader_common_loader.c of ESP-IDF 5.x): two ota slots, no factory image, no anti-rollback, no encryption. It works
 * on the same flash as the agent, so that power can be cut in it, and it has the flaws of the original: it writes a
 * record in place, and believes a state that no crc covers.
 */
import { PowerCut } from '../../hal/node/power.ts';
import type { FlashPartition } from '../../hal/ports.ts';

const Sector = 4096;
const RecordLength = 32;
const None = 0xffffffff;
const State = { New: 0, Pending: 1, Valid: 2, Invalid: 3, Aborted: 4 } as const;

interface Entry {
  sequence: number;
  state: number;
  crc: number;
}

/** What it starts: the slot, or undefined where no image can be loaded, and it resets for ever. */
export interface EspIdfBoot {
  readonly slot: number | undefined;
  /** What otadata asked for. */
  readonly selected: number;
}

/** zlib's crc32 of four bytes, begun at 0 as the ROM's function does when it is given 0xFFFFFFFF. */
const crcOf = (sequence: number): number => {
  let crc = sequence;
  for (let bit = 0; bit < 32; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return ~crc >>> 0;
};

const read = (otadata: FlashPartition, index: number): Entry => {
  const bytes = new Uint8Array(RecordLength).fill(0xff);
  try {
    otadata.read(bytes, index * Sector);
  } catch {
    bytes.fill(0xff);
  }
  const view = new DataView(bytes.buffer);
  return {
    sequence: view.getUint32(0, true),
    state: view.getUint32(24, true),
    crc: view.getUint32(28, true),
  };
};

const write = (otadata: FlashPartition, index: number, entry: Entry): void => {
  const bytes = new Uint8Array(RecordLength).fill(0xff);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entry.sequence, true);
  view.setUint32(24, entry.state, true);
  view.setUint32(28, entry.crc, true);
  // A failure is logged, and the bootloader goes on.
  try {
    otadata.eraseBlock(index, index + 1);
    otadata.write(bytes, index * Sector);
  } catch (error) {
    if (error instanceof PowerCut) throw error;
  }
};

const invalid = ({ sequence, state }: Entry): boolean =>
  sequence === None || state === State.Invalid || state === State.Aborted;
const valid = (entry: Entry): boolean => !invalid(entry) && entry.crc === crcOf(entry.sequence);
const initial = ({ sequence, crc }: Entry): boolean => sequence === None || crc !== crcOf(sequence);

const activeOf = (entries: readonly [Entry, Entry]): number => {
  const [first, second] = entries;
  if (valid(first) && valid(second)) return first.sequence >= second.sequence ? 0 : 1;
  return valid(first) ? 0 : valid(second) ? 1 : -1;
};

/** `loads`: whether the image in a slot passes the bootloader's own check. */
export const espIdfBoot = (otadata: FlashPartition, loads: (slot: number) => boolean): EspIdfBoot => {
  const entries: [Entry, Entry] = [read(otadata, 0), read(otadata, 1)];
  entries.forEach((entry, index) => {
    if (entry.state !== State.Pending) return;
    entry.state = State.Aborted;
    write(otadata, index, entry);
  });
  let selected = 0;
  let blank = false;
  if (entries.every(invalid)) blank = entries.every(initial);
  else {
    const active = activeOf(entries);
    // None: upstream goes on with the factory's index, and so tries all partitions from the first on.
    if (active >= 0) {
      const entry = entries[active]!;
      selected = (entry.sequence - 1) % 2;
      if (entry.state === State.New) {
        entry.state = State.Pending;
        write(otadata, active, entry);
      }
    }
  }
  // From the slot asked for downwards, then upwards.
  const order = selected === 0 ? [0, 1] : [1, 0];
  const slot = order.find(loads);
  if (slot !== undefined && blank)
    write(otadata, 0, { sequence: slot + 1, state: State.Valid, crc: crcOf(slot + 1) });
  return { slot, selected };
};
