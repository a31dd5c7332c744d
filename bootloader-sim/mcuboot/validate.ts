/** bootutil_img_validate, with its leniences. Ours is hal/mcuboot/verify.ts. */
import { readU16, readU32 } from '../../agent/bytes.ts';
import { DER_MAX, derSignature } from '../../hal/mcuboot/der.ts';
import { Tlv, TLV_HEAD, TLV_MAGIC, TLV_PROTECTED_MAGIC } from '../../hal/mcuboot/image.ts';
import { verifierOpen } from '../../hal/mcuboot/verify.ts';
import type { McubootKey } from '../../hal/mcuboot/verify.ts';
import { areaRead } from './area.ts';
import type { Area } from './area.ts';
import { Slot } from './loader.ts';
import type { Header, Loader } from './loader.ts';

interface Found {
  readonly type: number;
  readonly value: Uint8Array;
}

const DigestLength = 32;

/** app_max_size: what fits both slots, the spare sector of the secondary one left out. */
export const largestImage = (loader: Loader): number => {
  const [primary, secondary] = loader.areas;
  const trailer = primary.flash.size - primary.trailer.statusAt;
  const kept = Math.ceil(trailer / primary.sectorSize) * primary.sectorSize;
  return Math.min(primary.flash.size - kept, secondary.flash.size - kept - primary.sectorSize);
};

const offsetIn = (loader: Loader, slot: number): number =>
  slot === Slot.Secondary ? loader.secondaryOffset : 0;

interface Extent {
  /** Of the first TLV area, in the slot. */
  readonly at: number;
  readonly protectedEnd: number;
  readonly end: number;
  /** Bytes in the area that is not protected. */
  readonly tlvSize: number;
}

/** bootutil_tlv_iter_begin. */
export const tlvExtent = (loader: Loader, slot: number): Extent | undefined => {
  const area = loader.areas[slot]!;
  const header = loader.headers[slot]!;
  const at = header.headerSize + header.imageSize + offsetIn(loader, slot);
  let info = areaRead(area, at, TLV_HEAD);
  if (info === undefined) return undefined;
  if (readU16(info, 0) === TLV_PROTECTED_MAGIC) {
    if (header.protectedSize !== readU16(info, 2)) return undefined;
    info = areaRead(area, at + header.protectedSize, TLV_HEAD);
    if (info === undefined) return undefined;
  } else if (header.protectedSize !== 0) return undefined;
  if (readU16(info, 0) !== TLV_MAGIC) return undefined;
  const protectedEnd = at + header.protectedSize;
  const tlvSize = readU16(info, 2);
  return { at, protectedEnd, end: protectedEnd + tlvSize, tlvSize };
};

/** bootutil_tlv_iter_next over all; undefined for a TLV that does not fit. */
const tlvsOf = (loader: Loader, slot: number, extent: Extent): Found[] | undefined => {
  const area = loader.areas[slot]!;
  const found: Found[] = [];
  let at = extent.at + TLV_HEAD;
  while (at < extent.end) {
    if (extent.protectedEnd > extent.at && at === extent.protectedEnd) {
      at += TLV_HEAD;
      continue;
    }
    if (extent.end - at < TLV_HEAD) return undefined;
    const head = areaRead(area, at, TLV_HEAD);
    if (head === undefined) return undefined;
    const length = readU16(head, 2);
    if (length > extent.end - at - TLV_HEAD) return undefined;
    const value = areaRead(area, at + TLV_HEAD, length);
    if (value === undefined) return undefined;
    found.push({ type: readU16(head, 0), value });
    at += TLV_HEAD + length;
  }
  return found;
};

const ChunkLength = 256;

const digestOf = (loader: Loader, area: Area, from: number, header: Header): Uint8Array | undefined => {
  const hash = loader.crypto.sha256();
  hash.begin();
  const length = header.headerSize + header.imageSize + header.protectedSize;
  for (let done = 0; done < length; done += ChunkLength) {
    const n = Math.min(ChunkLength, length - done);
    const bytes = areaRead(area, from + done, n);
    if (bytes === undefined) return undefined;
    hash.update(bytes, 0, n);
  }
  const digest = new Uint8Array(DigestLength);
  hash.finish(digest);
  return digest;
};

const same = (a: Uint8Array, b: Uint8Array, length: number): boolean => {
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return false;
  return true;
};

const holds = (loader: Loader, key: McubootKey, digest: Uint8Array, value: Uint8Array): boolean => {
  if (key.algorithm === -19) return loader.crypto.verify(-19, key.key, digest, value);
  const signature = new Uint8Array(64);
  if (!derSignature(value, value.length, signature)) return false;
  return loader.crypto.verifyDigest?.(key.algorithm, key.key, digest, signature) ?? false;
};

/** One kind of signature is built in. Of several by known keys the last decides. */
const signatureHolds = (loader: Loader, tlvs: readonly Found[], digest: Uint8Array): boolean | undefined => {
  const { keyHashes } = verifierOpen(loader.crypto, loader.keys);
  const expected = loader.keys[0]!.algorithm === -19 ? Tlv.Ed25519 : Tlv.EcdsaSignature;
  let key = -1;
  let valid = false;
  for (const { type, value } of tlvs) {
    if (type === Tlv.KeyHash) {
      if (value.length > DigestLength) return undefined;
      // A hash cut short, down to nothing, names the first key that begins so.
      key = keyHashes.findIndex((hash) => same(hash, value, value.length));
    } else if (type === expected) {
      if (key < 0) continue;
      const fits = type === Tlv.Ed25519 ? value.length === 64 : value.length <= DER_MAX;
      if (!fits) return undefined;
      valid = holds(loader, loader.keys[key]!, digest, value);
      key = -1;
    }
  }
  return valid;
};

export const counterOf = (loader: Loader, slot: number): number | undefined => {
  const extent = tlvExtent(loader, slot);
  const tlvs = extent && tlvsOf(loader, slot, extent);
  const found = tlvs?.find(({ type, value }) => type === Tlv.SecurityCounter && value.length === 4);
  return found && readU32(found.value, 0);
};

/** Undefined where the image is good; else why it is not. */
export const imageFault = (loader: Loader, slot: number): string | undefined => {
  const area = loader.areas[slot]!;
  const digest = digestOf(loader, area, offsetIn(loader, slot), loader.headers[slot]!);
  if (digest === undefined) return 'cannot be read';
  const extent = tlvExtent(loader, slot);
  if (extent === undefined) return 'no TLVs';
  if (extent.end - offsetIn(loader, slot) > largestImage(loader)) return 'too large';
  const tlvs = tlvsOf(loader, slot, extent);
  if (tlvs === undefined) return 'malformed TLVs';
  const digests = tlvs.filter(({ type }) => type === Tlv.Sha256);
  if (digests.length === 0) return 'no digest';
  for (const { value } of digests)
    if (value.length !== DigestLength || !same(value, digest, DigestLength)) return 'wrong digest';
  if (loader.keys.length > 0 && signatureHolds(loader, tlvs, digest) !== true)
    return 'no signature that holds';
  if (loader.counter === undefined) return undefined;
  const counter = counterOf(loader, slot);
  if (counter === undefined) return 'no security counter';
  return counter < loader.counter.value ? 'security counter too low' : undefined;
};
