/** Pictures of flash, for a terminal. */
import colors from 'picocolors';

export interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly glyph: string;
  readonly paint: (text: string) => string;
}

const Width = 64;
const Free = '\u00b7';

type Look = Pick<Part, 'glyph' | 'paint'>;

export const glyphs: Readonly<Record<'image' | 'index' | 'envelope' | 'footer' | 'journal', Look>> = {
  image: { glyph: '\u2588', paint: colors.green },
  index: { glyph: 'X', paint: colors.yellow },
  envelope: { glyph: 'E', paint: colors.cyan },
  footer: { glyph: 'F', paint: colors.magenta },
  journal: { glyph: 'J', paint: colors.blue },
};

/** A bar of `size` bytes; every part has at least one cell, later parts over earlier ones. */
export const bar = (size: number, parts: readonly Part[], width: number = Width): string => {
  const cells = Array.from({ length: width }, () => colors.dim(Free));
  for (const part of parts) {
    const last = Math.max(0, Math.min(width, Math.round((part.to / size) * width)) - 1);
    const first = Math.min(last, Math.round((part.from / size) * width));
    cells.fill(part.paint(part.glyph), first, last + 1);
  }
  return `|${cells.join('')}|`;
};

/** As {@link bar} for the tail of a slot, whose parts are too small to be seen beside the image: one cell each. */
export const slotBar = (size: number, imageEnd: number, width: number = Width): string => {
  const tail = 3;
  const part: Part = { name: 'image', from: 0, to: imageEnd, ...glyphs.image };
  const own = bar(size, [part], width - tail).slice(1, -1);
  const { index, envelope, footer } = glyphs;
  return `|${own}${[index, envelope, footer].map((one) => one.paint(one.glyph)).join('')}|`;
};

const heights = ['\u2581', '\u2582', '\u2583', '\u2584', '\u2585', '\u2586', '\u2587', '\u2588'];

const wrap = (cells: readonly string[]): string => {
  const rows: string[] = [];
  for (let at = 0; at < cells.length; at += Width) rows.push(` ${cells.slice(at, at + Width).join('')}`);
  return rows.join('\n');
};

/** One cell a block: how much of it goes over the air. */
export const frameBars = (ratios: readonly number[]): string =>
  wrap(
    ratios.map(
      (ratio) => heights[Math.min(heights.length - 1, Math.floor(ratio * heights.length))] as string,
    ),
  );

/** One cell a block: whether it is right. */
export const blockMarks = (holds: readonly boolean[]): string =>
  wrap(holds.map((one) => (one ? colors.green('\u25a0') : colors.red('x'))));

/** What of a slot is not erased, where there is no tail that says more. */
export const writtenBar = (slot: Uint8Array, eraseValue: number, width: number = Width): string => {
  const cells = Array.from({ length: width }, (_, at) => {
    const from = Math.floor((slot.length * at) / width);
    const to = Math.floor((slot.length * (at + 1)) / width);
    const written = slot.subarray(from, to).some((byte) => byte !== eraseValue);
    return written ? colors.yellow('\u2592') : colors.dim(Free);
  });
  return `|${cells.join('')}|`;
};
