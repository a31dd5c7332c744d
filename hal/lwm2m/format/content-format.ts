/** Content formats of LwM2M 1.1 (core 7.4), as numbers of the CoAP registry. */
export const ContentFormat = {
  Text: 0,
  Link: 40,
  Opaque: 42,
  Cbor: 60,
  SenmlCbor: 112,
  Tlv: 11542,
} as const;

/** Those in which values are written and read; link format is for Discover. */
export function formatKnown(format: number): boolean {
  return format === ContentFormat.Tlv || format === ContentFormat.SenmlCbor || formatOfOne(format);
}

/** Those that hold one value, and no path. */
export function formatOfOne(format: number): boolean {
  return format === ContentFormat.Text || format === ContentFormat.Opaque || format === ContentFormat.Cbor;
}
