/** ESP-IDF application images, drawn: most of them good, the others with one thing wrong. */
import type { Chip } from '../../hal/esp-idf/index.ts';
import { imageOf } from '../esp-idf/_image.ts';
import type { Draw } from './_draw.ts';

interface Segment {
  readonly address: number;
  readonly length: number;
}

/** Where the bootloader may load to, of the chips that are tried. */
export const RAM: Readonly<Record<string, number>> = {
  esp32: 0x3ffb0000,
  esp32s2: 0x3ffc0000,
  esp32c3: 0x3fc90000,
  esp32s3: 0x3fc90000,
  esp32c6: 0x40810000,
  esp32h2: 0x40810000,
};

const HEADER = 24;
const SEGMENT_HEADER = 8;
const DESCRIPTION = 256;
const DIGEST = 32;

/** The usual size, those that there are, and others. */
const PAGE_BITS = [0, 13, 14, 15, 16, 17, 18, 12, 19, 40, 255];

/** At its place in a page of 64 KiB, or of a size that may not be the one that counts. */
const mapped = (draw: Draw, chip: Chip, at: number, length: number): Segment => {
  const range = 2 * draw.below(chip.mapped.length / 2);
  const [from, to] = chip.mapped.slice(range, range + 2) as [number, number];
  const page = draw.once(3) ? 2 ** (12 + draw.below(8)) : 0x10000;
  const first = Math.ceil(from / page);
  const pages = Math.floor(to / page) - first;
  return { address: page * (first + draw.of([0, draw.below(pages), pages - 1])) + (at % page), length };
};

const ends = (segments: readonly Segment[]): number =>
  segments.reduce((end, { length }) => end + SEGMENT_HEADER + length, HEADER);

const segmentsOf = (draw: Draw, chip: Chip, offset: number, room: number): Segment[] => {
  const data = offset + HEADER + SEGMENT_HEADER;
  const first = draw.once(12) ? draw.of([0, 252, 254, 256, 513]) : 256 + 4 * draw.below(100);
  const second = mapped(draw, chip, data + first + SEGMENT_HEADER, 4 * draw.below(100));
  const ram = { address: RAM[chip.name]!, length: 4 * draw.below(64) };
  const unused = { address: draw.of([0, 4]), length: 4 * draw.below(16) };
  const others = draw.of([[], [ram], [second, ram], [unused, ram], [second, unused, ram]]);
  const segments = [mapped(draw, chip, data, first), ...others];
  if (draw.once(16)) {
    const most = draw.of([16, 17]);
    while (segments.length < most) segments.push({ address: 0, length: 4 });
  }
  if (!draw.once(6)) return segments;
  // It just fits the partition, or just does not.
  const left = room - DIGEST - 4 - ends(segments) - SEGMENT_HEADER;
  return [...segments, { address: 0, length: left + draw.of([-16, 0, 4, 16, 36, 64]) }];
};

const spoil = (draw: Draw, image: Buffer, digest: boolean): void => {
  const flip = (from: number, to: number): void => {
    image[from + draw.below(to - from)]! ^= 1 << draw.below(8);
  };
  const described = HEADER + SEGMENT_HEADER;
  const faults = [
    () => flip(0, 1),
    () => flip(12, 14),
    // No description any more, by the same checksum.
    () => image.subarray(described, described + 4).reverse(),
    () => (image[1] = digest ? draw.of([0, 1, 5, 16, 17, 255]) : draw.of([0, 17])),
    () => image.writeUInt32LE(draw.of([0xfffffc, 0x1000000, 0xfffffffc, 0x2000]), HEADER + 4),
    () => (image[23] = draw.of([0, 1, 2])),
    () => image.fill(0xff, draw.below(image.length)),
    // Where no digest tells, an address must stay: the model does not know where there is RAM.
    () => (digest ? flip(0, image.length) : flip(described, described + DESCRIPTION)),
  ];
  draw.of(faults)();
};

export const drawImage = (draw: Draw, chip: Chip, offset: number, room: number): Uint8Array => {
  if (draw.once(6)) return new Uint8Array(0);
  const digest = !draw.once(3);
  const image = imageOf({
    chip: chip.id,
    segments: segmentsOf(draw, chip, offset, room),
    digest,
    pageBits: draw.once(2) ? 0 : draw.of(PAGE_BITS),
    seed: draw.below(0x100),
  });
  if (draw.once(3)) spoil(draw, image, digest);
  return image;
};
