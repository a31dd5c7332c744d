/** Where the erase sectors of a flash lie. */
export interface Sectors {
  readonly lengths: readonly number[];
  /** First byte of each sector, then the end of the last. */
  readonly starts: Uint32Array;
  readonly size: number;
  readonly largest: number;
  /** All of one length. */
  readonly uniform: boolean;
}

export const sectorsOf = (lengths: readonly number[]): Sectors => {
  const starts = new Uint32Array(lengths.length + 1);
  let size = 0;
  lengths.forEach((length, sector) => {
    if (!(Number.isInteger(length) && length > 0))
      throw new RangeError(`sector ${sector} has a length of ${length}`);
    size += length;
    starts[sector + 1] = size;
  });
  const largest = Math.max(0, ...lengths);
  return { lengths, starts, size, largest, uniform: lengths.every((length) => length === largest) };
};

/** The number of the sector that holds `offset`, which must lie within the flash. */
export const sectorAt = (sectors: Sectors, offset: number): number => {
  if (sectors.uniform) return Math.floor(offset / sectors.largest);
  let low = 0;
  let high = sectors.lengths.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sectors.starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
};
