/**
 * The flash port over a partition of "embedded:storage/flash". The SDK's partition has the port's shape, but
 * - what it does with a range outside of the partition differs: ESP32 and Zephyr throw, the simulator on a Mac reads and
 *   writes whatever memory lies there;
 * - `eraseBlock(from, undefined)` is not `eraseBlock(from)`: the end is taken for 0, and `eraseBlock(0, undefined)`
 *   erases nothing and says nothing;
 * - ECMA-419 lets a read at the end return less than was asked for;
 * - an offset is cut to 32 bits, and what is no number is 0.
 * So the range is checked here, and what is handed on is always two whole numbers inside of the partition.
 */
import type { FlashPort } from '../ports.ts';
import type { SdkPartition } from './sdk.ts';

/** What the partition does not say, or says wrongly. */
export interface FlashFacts {
  /**
   * Bytes of a program unit. With flash encryption an ESP32 writes 16 bytes, and its partition does not say so.
   * Default: what the partition says, else 4.
   */
  readonly writeAlign?: number | undefined;
  /** Default: what the partition says, else 0xFF. */
  readonly eraseValue?: number | undefined;
}

const SILENT_UNIT = 4;
const SILENT_ERASED = 0xff;

function whole(value: number, limit: number): boolean {
  return value >= 0 && value <= limit && value % 1 === 0;
}

export function moddableFlash(flash: SdkPartition, facts?: FlashFacts): FlashPort {
  const said = flash.status();
  const status = {
    size: said.size,
    blocks: said.blocks,
    blockLength: said.blockLength,
    writeAlign: (facts ? facts.writeAlign : undefined) ?? said.writeAlign ?? SILENT_UNIT,
    eraseValue: (facts ? facts.eraseValue : undefined) ?? said.eraseValue ?? SILENT_ERASED,
  };
  const checkRange = (offset: number, length: number, unit: number): void => {
    if (!(whole(offset, status.size) && length <= status.size - offset))
      throw new RangeError(`flash: ${length} bytes at ${offset} of a partition of ${status.size}`);
    if (offset % unit !== 0 || length % unit !== 0)
      throw new RangeError(`flash: ${length} bytes at ${offset}, not whole units of ${unit}`);
  };
  return {
    partition: {
      read: (into, offset) => {
        checkRange(offset, into.length, 1);
        const count = flash.read(into, offset);
        if (count !== into.length) throw new Error(`flash: read ${String(count)} of ${into.length} bytes`);
      },
      write: (bytes, offset) => {
        checkRange(offset, bytes.length, status.writeAlign);
        flash.write(bytes, offset);
      },
      eraseBlock: (from, to) => {
        const end = to ?? from + 1;
        if (!(whole(from, status.blocks) && whole(end, status.blocks) && from < end))
          throw new RangeError(`flash: sectors ${from} to ${end} of a partition of ${status.blocks}`);
        flash.eraseBlock(from, end);
      },
      status: () => status,
    },
  };
}
