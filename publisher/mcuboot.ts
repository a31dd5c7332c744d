/** Images as MCUboot takes them, and imgtool makes them: docs/SPEC.md section 7. */
import { flashOpen } from '../agent/flash.ts';
import {
  HEADER_LENGTH,
  IMAGE_MAGIC,
  Tlv,
  TLV_HEAD,
  TLV_MAGIC,
  TLV_PROTECTED_MAGIC,
  imageNew,
  imageRead,
} from '../hal/mcuboot/image.ts';
import { Flag, Swap, trailerOpen, trailerWriteByte, trailerWriteMagic } from '../hal/mcuboot/trailer.ts';
import { concat, roundUp, sha256, viewOf } from './bytes.ts';
import { Exit, PublishError } from './errors.ts';
import { refusePublishedKey } from './keys.ts';
import type { PublicKey, SigningKey } from './keys.ts';
import { partitionOf } from './partition.ts';

/** What a padded image's trailer says: nothing yet, one boot on trial, or there to stay. */
export type McubootTrailer = 'none' | 'test' | 'confirmed';

export interface McubootOptions {
  /** What is to run, without a header. */
  readonly application: Uint8Array;
  /** `1.2.3` or `1.2.3+4`: major and minor up to 255, revision up to 65535, build up to 4294967295. */
  readonly version: string;
  /** Of MCUboot, not of flipside. Left out: only a digest, for an MCUboot that asks for no more. */
  readonly key?: SigningKey | undefined;
  readonly allowTestKeys?: boolean | undefined;
  /** Bytes before the application: at least 32, and what its vector table has to be aligned to. Default 32. */
  readonly headerSize?: number | undefined;
  /** For an MCUboot with a hardware counter. */
  readonly securityCounter?: number | undefined;
  /** Pads the image to a whole slot, with a trailer. */
  readonly slotSize?: number | undefined;
  /** Default `none`, as without `slotSize` there is none. */
  readonly trailer?: McubootTrailer | undefined;
  /** Program unit of the flash. Default 4. */
  readonly unit?: number | undefined;
  /** Default: 8, or the unit where that is more. */
  readonly maxAlign?: number | undefined;
  /** For how many sectors MCUboot keeps room in the trailer. Default 128. */
  readonly maxSectors?: number | undefined;
  readonly eraseValue?: number | undefined;
}

const refuse = (what: string, field: string, remedy: string): PublishError =>
  new PublishError(what, { field, remedy, exit: Exit.Usage });

const VersionForm = /^(\d+)\.(\d+)\.(\d+)(?:\+(\d+))?$/;
const VersionMost = [0xff, 0xff, 0xffff, 0xffffffff];

const versionOf = (text: string): readonly number[] => {
  const parts = VersionForm.exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (parts?.every((part, at) => part <= VersionMost[at]!)) return parts;
  throw refuse(`version ${text}`, 'version', 'Give it as 1.2.3 or 1.2.3+4, at most 255.255.65535+4294967295');
};

const within = (value: number, from: number, to: number, field: string): number => {
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw refuse(`${field} of ${value}`, field, `Give a whole number from ${from} to ${to}`);
};

const tlv = (type: number, value: Uint8Array): Uint8Array => {
  const head = new Uint8Array(TLV_HEAD);
  viewOf(head).setUint16(0, type, true);
  viewOf(head).setUint16(2, value.length, true);
  return concat([head, value]);
};

const area = (magic: number, tlvs: readonly Uint8Array[]): Uint8Array => {
  const length = tlvs.reduce((sum, one) => sum + one.length, TLV_HEAD);
  const head = new Uint8Array(TLV_HEAD);
  viewOf(head).setUint16(0, magic, true);
  viewOf(head).setUint16(2, length, true);
  return concat([head, ...tlvs]);
};

const uint32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
};

const headerOf = (options: McubootOptions, headerSize: number, protectedSize: number): Uint8Array => {
  const [major, minor, revision, build] = versionOf(options.version);
  const header = new Uint8Array(headerSize).fill(options.eraseValue ?? 0xff);
  header.fill(0, 0, HEADER_LENGTH);
  const view = viewOf(header);
  view.setUint32(0, IMAGE_MAGIC, true);
  view.setUint16(8, headerSize, true);
  view.setUint16(10, protectedSize, true);
  view.setUint32(12, options.application.length, true);
  view.setUint8(20, major!);
  view.setUint8(21, minor!);
  view.setUint16(22, revision!, true);
  view.setUint32(24, build!, true);
  return header;
};

// SubjectPublicKeyInfo up to the key's own bytes: RFC 8410 section 4, RFC 5480 section 2.
const spkiHead: Readonly<Record<string, string>> = {
  ed25519: '302a300506032b6570032100',
  esp256: '3059301306072a8648ce3d020106082a8648ce3d030107034200',
};

/** What the KEYHASH of an image names a key by. */
export const mcubootKeyHash = (key: PublicKey): Uint8Array => {
  const head = spkiHead[key.algorithm];
  if (head !== undefined) return sha256(Buffer.from(head, 'hex'), key.key);
  throw refuse(`a key of ${key.algorithm}`, 'key', 'MCUboot takes Ed25519 and ECDSA P-256 keys');
};

/** A positive INTEGER of DER, in its shortest form. */
const derInteger = (bytes: Uint8Array): Uint8Array => {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const shortest = bytes.subarray(from);
  const lead = shortest[0]! >= 0x80 ? [0] : [];
  return Uint8Array.of(2, shortest.length + lead.length, ...lead, ...shortest);
};

const derSignature = (signature: Uint8Array): Uint8Array => {
  const body = concat([derInteger(signature.subarray(0, 32)), derInteger(signature.subarray(32))]);
  return Uint8Array.of(0x30, body.length, ...body);
};

/** Ed25519 signs the digest as its message; ECDSA signs what is digested, and so digests once. */
const signatureTlvs = (key: SigningKey, signed: Uint8Array, digest: Uint8Array): Uint8Array[] => {
  const name = tlv(Tlv.KeyHash, mcubootKeyHash(key));
  if (key.algorithm === 'ed25519') return [name, tlv(Tlv.Ed25519, key.sign(digest))];
  return [name, tlv(Tlv.EcdsaSignature, derSignature(key.sign(signed)))];
};

const TrailerDefaults = { unit: 4, maxAlign: 8, maxSectors: 128 } as const;

const padded = (image: Uint8Array, slotSize: number, options: McubootOptions): Uint8Array => {
  const unit = options.unit ?? TrailerDefaults.unit;
  const eraseValue = options.eraseValue ?? 0xff;
  const maxAlign = options.maxAlign ?? Math.max(TrailerDefaults.maxAlign, unit);
  const maxSectors = options.maxSectors ?? TrailerDefaults.maxSectors;
  const slot = new Uint8Array(slotSize).fill(eraseValue);
  let trailer;
  try {
    const flash = flashOpen({ partition: partitionOf(slot), writeAlign: unit, eraseValue }, undefined);
    // Of the three the trailer of `Move` is the longest, and imgtool reckons with it.
    trailer = trailerOpen(flash, { swap: Swap.Move, maxAlign, maxSectors, statusUnit: unit });
  } catch (error) {
    throw refuse((error as Error).message, 'slotSize', 'Give the numbers that MCUboot was built with');
  }
  if (!(roundUp(image.length, unit) <= trailer.statusAt)) {
    const room = trailer.statusAt;
    throw refuse(
      `an image of ${image.length} bytes in a slot with room for ${room}`,
      'slotSize',
      'Make the image smaller, or the slot larger',
    );
  }
  slot.set(image);
  if (options.trailer === 'confirmed') trailerWriteByte(trailer, trailer.imageOkAt, Flag.Set);
  if (options.trailer === 'confirmed' || options.trailer === 'test') trailerWriteMagic(trailer);
  return slot;
};

/** Bytes of the image with its header that `bytes` begin with; undefined: with none. */
export const mcubootLength = (bytes: Uint8Array): number | undefined => {
  const image = imageNew();
  const flash = flashOpen({ partition: partitionOf(bytes) }, undefined);
  return imageRead(flash, image, new Uint8Array(HEADER_LENGTH)) < 0 ? undefined : image.length;
};

/** Makes an image that MCUboot boots. The same input and key give the same bytes. */
export const mcubootImage = (options: McubootOptions): Uint8Array => {
  const { key, securityCounter, slotSize } = options;
  if (options.application.length === 0)
    throw refuse('the application is empty', 'application', 'Give the file that is to run');
  if (slotSize === undefined && (options.trailer ?? 'none') !== 'none')
    throw refuse('a trailer stands at the end of a slot', 'trailer', 'Give the size of the slot');
  const headerSize = within(options.headerSize ?? HEADER_LENGTH, HEADER_LENGTH, 0xffff, 'headerSize');
  if (key && options.allowTestKeys !== true) refusePublishedKey(key);
  const counter =
    securityCounter === undefined
      ? []
      : [tlv(Tlv.SecurityCounter, uint32(within(securityCounter, 0, 0xffffffff, 'securityCounter')))];
  const protectedArea = counter.length === 0 ? new Uint8Array(0) : area(TLV_PROTECTED_MAGIC, counter);
  const header = headerOf(options, headerSize, protectedArea.length);
  const signed = concat([header, options.application, protectedArea]);
  const digest = sha256(signed);
  const tlvs = [tlv(Tlv.Sha256, digest), ...(key ? signatureTlvs(key, signed, digest) : [])];
  const image = concat([signed, area(TLV_MAGIC, tlvs)]);
  return slotSize === undefined
    ? image
    : padded(image, within(slotSize, 1, 2 ** 31 - 1, 'slotSize'), options);
};
