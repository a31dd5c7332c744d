/** A slot as MCUboot's flash map has it, over a partition that may lose power. */
import { flashErase, flashOpen, flashProgram, flashRead, flashSectorStart } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import { trailerOpen } from '../../hal/mcuboot/trailer.ts';
import type { Trailer, TrailerOptions } from '../../hal/mcuboot/trailer.ts';
import type { FlashPartition, FlashPort } from '../../hal/ports.ts';

/** An assert() of MCUboot's failed: it stops there, at this boot and at every one after it that comes so far. */
export class McubootAssert extends Error {
  override readonly name = 'McubootAssert';
}

export interface Area {
  readonly name: string;
  readonly flash: Flash;
  readonly trailer: Trailer;
  readonly sectorSize: number;
  /** What the partition threw last. */
  readonly failure: { thrown: unknown };
}

/** MCUboot knows no code for these: a cut ends the boot, and a call that the contract forbids is for a person to see. */
const passes = (thrown: unknown): boolean =>
  thrown instanceof Error && (thrown.name === 'PowerCut' || thrown.name === 'FlashMisuse');

const noted = (partition: FlashPartition, failure: { thrown: unknown }): FlashPartition => {
  const note = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      failure.thrown = error;
      throw error;
    }
  };
  return {
    read: (into, offset) => note(() => partition.read(into, offset)),
    write: (bytes, offset) => note(() => partition.write(bytes, offset)),
    eraseBlock: (from, to) => note(() => partition.eraseBlock(from, to)),
    status: () => partition.status(),
  };
};

/** `slots.maxSectors` and the rest say how MCUboot was built; uniform sectors only. */
export const areaOpen = (name: string, port: FlashPort, options: TrailerOptions): Area => {
  const failure = { thrown: undefined };
  const flash = flashOpen({ ...port, partition: noted(port.partition, failure) }, undefined);
  if (flash.sectorLength === 0)
    throw new RangeError(`${name}: MCUboot is modelled for sectors of one length`);
  return { name, flash, trailer: trailerOpen(flash, options), sectorSize: flash.sectorLength, failure };
};

/** Whether it went well; a cut comes out as what it is. */
export const went = (area: Area, code: number): boolean => {
  if (code >= 0) return true;
  const { thrown } = area.failure;
  area.failure.thrown = undefined;
  if (passes(thrown)) throw thrown;
  return false;
};

/** For what MCUboot asserts. */
export const must = (area: Area, what: string, code: number): void => {
  if (!went(area, code)) throw new McubootAssert(`${area.name}: ${what}`);
};

/** `length` bytes at `at`; undefined where they cannot be read. */
export const areaRead = (area: Area, at: number, length: number): Uint8Array | undefined => {
  const bytes = new Uint8Array(length);
  return went(area, flashRead(area.flash, at, bytes, 0, length)) ? bytes : undefined;
};

export const isErased = (area: Area, bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === area.flash.erased);

/** boot_erase_region, of whole sectors. */
export const areaErase = (area: Area, from: number, to: number, backwards = false): number => {
  for (let count = 0; count < to - from; count++) {
    const code = flashErase(area.flash, backwards ? to - 1 - count : from + count);
    if (code < 0) return code;
  }
  return 0;
};

const ChunkLength = 1024;

/** boot_copy_region: a sector, in pieces, to a place that was erased. */
export const sectorCopy = (from: Area, source: number, to: Area, target: number): void => {
  const length = from.sectorSize;
  const sourceAt = flashSectorStart(from.flash, source);
  const targetAt = flashSectorStart(to.flash, target);
  for (let done = 0; done < length; done += ChunkLength) {
    const n = Math.min(ChunkLength, length - done);
    const bytes = areaRead(from, sourceAt + done, n);
    if (bytes === undefined) throw new McubootAssert(`${from.name}: read for the copy of sector ${source}`);
    must(to, `copy to sector ${target}`, flashProgram(to.flash, targetAt + done, bytes, 0, n));
  }
};
