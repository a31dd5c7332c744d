/**
 * Files as Espruino's Storage keeps them in flash (its src/jsflash.h): size, of which the highest byte is flags; name,
 * padded with zeros; the bytes, up to the next whole unit.
 *
 *   | size u32 | name 28 | bytes ... |
 */
const NameLength = 28;
const HeadLength = 4 + NameLength;
const Unit = 4;

/** As much as the files take; the rest is erased flash. Throws when `size` is too small. */
export const storageImage = (files: ReadonlyMap<string, string>, size: number): Uint8Array => {
  const image = Buffer.alloc(size, 0xff);
  let at = 0;
  for (const [name, text] of files) {
    const bytes = Buffer.from(text, 'latin1');
    const end = at + HeadLength + bytes.length;
    if (!(end <= size && name.length <= NameLength))
      throw new RangeError(`no room for ${name} in ${size} bytes`);
    image.writeUInt32LE(bytes.length, at);
    image.fill(0, at + 4, at + HeadLength);
    image.write(name, at + 4, 'latin1');
    bytes.copy(image, at + HeadLength);
    at = Math.ceil(end / Unit) * Unit;
  }
  return image;
};
