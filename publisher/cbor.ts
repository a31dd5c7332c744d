/** CBOR by cborg, held to the deterministic form of RFC 8949 section 4.2.1 in both directions. */
import { decode, encode, rfc8949EncodeOptions, Tagged } from 'cborg';
import type { EncodeOptions } from 'cborg';
import { PublishError } from './errors.ts';

export { Tagged };

type MapSorter = NonNullable<EncodeOptions['mapSorter']>;

/** cborg does not sort keys that are arrays (a text is kept by component); there is at most one, and it goes last. */
const mapSorter: MapSorter = (a, b, options) => {
  const complex = Number(Array.isArray(a[0])) - Number(Array.isArray(b[0]));
  return complex || (rfc8949EncodeOptions.mapSorter as MapSorter)(a, b, options);
};

const options: EncodeOptions = { ...rfc8949EncodeOptions, mapSorter };

export const cborEncode = (value: unknown): Uint8Array => new Uint8Array(encode(value, options));

/** Maps come back as Map, tags as {@link Tagged}. Longer heads than needed, indefinite lengths and floats fail. */
export const cborDecode = (bytes: Uint8Array, field: string, file?: string): unknown => {
  try {
    return decode(bytes, {
      useMaps: true,
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowNaN: false,
      allowInfinity: false,
      rejectDuplicateMapKeys: true,
      tags: Tagged.preserve(17, 18, 96, 107),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CBOR decode error: /, '') : String(error);
    throw new PublishError(`not well-formed CBOR (${why})`, {
      file,
      field,
      remedy: 'Check that this is the right file',
    });
  }
};
