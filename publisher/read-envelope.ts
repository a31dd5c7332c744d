/** Reads an envelope for people and for publisher's own checks. What a device makes of it is verify's to say. */
import { sameBytes, sha256 } from './bytes.ts';
import { cborDecode, cborEncode, Tagged } from './cbor.ts';
import { EnvelopeKey, EnvelopeTag } from './envelope.ts';
import { PublishError } from './errors.ts';
import { Command, DigestAlgorithm, Key, Parameter } from './manifest.ts';

export type Parameters = ReadonlyMap<number, unknown>;

export interface SignatureView {
  /** COSE number. */
  readonly algorithm: number;
  readonly keyId: Uint8Array | undefined;
  readonly protected: Uint8Array;
  readonly signature: Uint8Array;
}

/** What holds for an image in one slot, or in any. */
export interface VariantView {
  /** Undefined: any slot. */
  readonly slot: number | undefined;
  readonly digest: Uint8Array | undefined;
  readonly size: number | undefined;
  readonly uri: string | undefined;
  readonly framed: boolean;
  readonly root: Uint8Array | undefined;
  readonly payloadSize: number | undefined;
  /** How far frames reach back, in bytes; undefined where the manifest does not say. */
  readonly window: number | undefined;
}

/** A payload for devices that run one image, the base. */
export interface PatchView {
  readonly base: Uint8Array;
  readonly uri: string | undefined;
  readonly root: Uint8Array | undefined;
  readonly payloadSize: number | undefined;
  readonly firstPiece: number | undefined;
}

export interface ManifestView {
  readonly version: unknown;
  readonly sequence: number | bigint;
  readonly components: readonly unknown[];
  readonly vendor: Uint8Array | undefined;
  readonly classId: Uint8Array | undefined;
  readonly device: Uint8Array | undefined;
  readonly securityVersion: number;
  readonly minimumSecurityVersion: number | undefined;
  readonly priority: number | undefined;
  readonly expiry: number | undefined;
  readonly variants: readonly VariantView[];
  readonly patches: readonly PatchView[];
  /** Parameters 19 and -265, as they stand. */
  readonly encryption: { readonly info: Uint8Array | undefined; readonly piece: number | undefined };
  /** Of a severed text. */
  readonly textDigest: Uint8Array | undefined;
  /** Elements present, by key. */
  readonly keys: readonly number[];
}

export interface EnvelopeView {
  readonly bytes: Uint8Array;
  readonly tagged: boolean;
  /** The digest that is signed. */
  readonly digest: Uint8Array;
  /** Whether it is that of the manifest. */
  readonly digestHolds: boolean;
  readonly signatures: readonly SignatureView[];
  readonly manifestBytes: Uint8Array;
  readonly manifest: ManifestView;
  readonly severed: ReadonlyMap<number, Uint8Array>;
  readonly integrated: ReadonlyMap<string, Uint8Array>;
  readonly text: Uint8Array | undefined;
}

type Shape<T> = (value: unknown) => value is T;
const isBytes: Shape<Uint8Array> = (value) => value instanceof Uint8Array;
const isMap: Shape<Map<unknown, unknown>> = (value) => value instanceof Map;
const isArray: Shape<unknown[]> = (value) => Array.isArray(value);

const expect = <T>(value: unknown, shape: Shape<T>, field: string, file: string | undefined): T => {
  if (shape(value)) return value;
  const remedy = 'Check that this is a SUIT envelope that is whole';
  throw new PublishError('missing, or not of the right type', { file, field, remedy });
};

const isDigest: Shape<[number, Uint8Array]> = (value): value is [number, Uint8Array] =>
  isArray(value) &&
  value.length === 2 &&
  value[0] === DigestAlgorithm &&
  isBytes(value[1]) &&
  value[1].length === 32;

/** A SUIT_Digest by SHA-256, the only one of the profile. */
const digestOf = (bytes: Uint8Array, field: string, file: string | undefined): Uint8Array =>
  expect(cborDecode(bytes, field, file), isDigest, field, file)[1];

type Sign1 = [Uint8Array, Map<unknown, unknown>, null, Uint8Array];
const isSign1: Shape<Sign1> = (value): value is Sign1 =>
  isArray(value) &&
  value.length === 4 &&
  isBytes(value[0]) &&
  isMap(value[1]) &&
  value[1].size === 0 &&
  value[2] === null &&
  isBytes(value[3]);

const signatureRead = (block: unknown, file: string | undefined): SignatureView => {
  const field = 'signature';
  const tagged = cborDecode(expect(block, isBytes, field, file), field, file);
  const inner = tagged instanceof Tagged && tagged.tag === 18 ? tagged.value : undefined;
  const [header, , , signature] = expect(inner, isSign1, field, file);
  const fields = expect(cborDecode(header, `${field} header`, file), isMap, `${field} header`, file);
  const keyId = fields.get(4);
  return {
    algorithm: Number(fields.get(1)),
    keyId: isBytes(keyId) ? keyId : undefined,
    protected: header,
    signature,
  };
};

interface Collected {
  readonly any: Map<number, unknown>;
  readonly bySlot: Map<number, Map<number, unknown>>;
  /** What branches set that are for one base. */
  readonly byBase: Map<number, unknown>[];
}

/** Gathers what a sequence sets, in order; a branch of a try-each counts for the slot or the base it sets. */
const collect = (sequence: Uint8Array, into: Collected, file: string | undefined, slot?: number): void => {
  const field = 'command sequence';
  const items = expect(cborDecode(sequence, field, file), isArray, field, file);
  let current = slot;
  let ofBase: Map<number, unknown> | undefined;
  for (let at = 0; at + 1 < items.length; at += 2) {
    const argument = items[at + 1];
    if (items[at] === Command.TryEach && isArray(argument)) {
      for (const branch of argument) if (isBytes(branch)) collect(branch, into, file, current);
    }
    if (items[at] !== Command.Override || !isMap(argument)) continue;
    const named = argument.get(Parameter.ComponentSlot);
    if (typeof named === 'number') current = named;
    if (isBytes(argument.get(Parameter.Base))) into.byBase.push((ofBase = new Map<number, unknown>()));
    if (ofBase) {
      for (const [key, value] of argument) ofBase.set(key as number, value);
      continue;
    }
    const target =
      current === undefined ? into.any : (into.bySlot.get(current) ?? new Map<number, unknown>());
    if (current !== undefined) into.bySlot.set(current, target);
    for (const [key, value] of argument) target.set(key as number, value);
  }
};

const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const asBytes = (value: unknown): Uint8Array | undefined => (isBytes(value) ? value : undefined);

const variantView = (slot: number | undefined, all: Parameters, file: string | undefined): VariantView => {
  const digest = asBytes(all.get(Parameter.ImageDigest));
  const uri = all.get(Parameter.Uri);
  return {
    slot,
    digest: digest && digestOf(digest, 'image digest', file),
    size: asNumber(all.get(Parameter.ImageSize)),
    uri: typeof uri === 'string' ? uri : undefined,
    framed: all.get(Parameter.Format) === 1,
    root: asBytes(all.get(Parameter.Root)),
    payloadSize: asNumber(all.get(Parameter.PayloadSize)),
    window: asNumber(all.get(Parameter.Window)),
  };
};

const patchView = (own: Parameters): PatchView => {
  const uri = own.get(Parameter.Uri);
  return {
    base: own.get(Parameter.Base) as Uint8Array,
    uri: typeof uri === 'string' ? uri : undefined,
    root: asBytes(own.get(Parameter.Root)),
    payloadSize: asNumber(own.get(Parameter.PayloadSize)),
    firstPiece: asNumber(own.get(Parameter.FirstPiece)),
  };
};

const manifestRead = (
  bytes: Uint8Array,
  severed: ReadonlyMap<number, Uint8Array>,
  file: string | undefined,
): ManifestView => {
  const fields = expect(cborDecode(bytes, 'manifest', file), isMap, 'manifest', file);
  const common = expect(fields.get(Key.Common), isBytes, 'common', file);
  const commonFields = expect(cborDecode(common, 'common', file), isMap, 'common', file);
  const collected: Collected = { any: new Map(), bySlot: new Map(), byBase: [] };
  const shared = commonFields.get(4);
  for (const sequence of [shared, fields.get(16) ?? severed.get(16), fields.get(Key.Install)]) {
    if (isBytes(sequence)) collect(sequence, collected, file);
  }
  const severedInstall = severed.get(Key.Install);
  if (severedInstall && !isBytes(fields.get(Key.Install))) collect(severedInstall, collected, file);
  const any = collected.any;
  const slots = [...collected.bySlot].sort(([a], [b]) => a - b);
  const variants = slots.length
    ? slots.map(([slot, own]) => variantView(slot, new Map([...any, ...own]), file))
    : [variantView(undefined, any, file)];
  const sequence = fields.get(Key.Sequence);
  const text = fields.get(Key.Text);
  return {
    version: fields.get(Key.Version),
    sequence:
      typeof sequence === 'bigint'
        ? sequence
        : expect(sequence, (v): v is number => typeof v === 'number', 'sequence', file),
    components: expect(commonFields.get(2), isArray, 'components', file),
    vendor: asBytes(any.get(Parameter.Vendor)),
    classId: asBytes(any.get(Parameter.Class)),
    device: asBytes(any.get(Parameter.Device)),
    securityVersion: asNumber(any.get(Parameter.SecurityVersion)) ?? 0,
    minimumSecurityVersion: asNumber(any.get(Parameter.MinimumSecurityVersion)),
    priority: asNumber(any.get(Parameter.Priority)),
    expiry: asNumber(any.get(Parameter.Expiry)),
    variants,
    patches: collected.byBase.map(patchView),
    encryption: {
      info: asBytes(any.get(Parameter.EncryptionInfo)),
      piece: asNumber(any.get(Parameter.EncryptionPiece)),
    },
    textDigest: isArray(text) ? asBytes(text[1]) : undefined,
    keys: [...fields.keys()] as number[],
  };
};

export const envelopeRead = (bytes: Uint8Array, file?: string): EnvelopeView => {
  const outer = cborDecode(bytes, 'envelope', file);
  const tagged = outer instanceof Tagged && outer.tag === EnvelopeTag;
  const fields = expect(tagged ? outer.value : outer, isMap, 'envelope', file);
  const wrapper = expect(fields.get(EnvelopeKey.Authentication), isBytes, 'authentication', file);
  const blocks = expect(cborDecode(wrapper, 'authentication', file), isArray, 'authentication', file);
  const digest = digestOf(expect(blocks[0], isBytes, 'manifest digest', file), 'manifest digest', file);
  const manifestBytes = expect(fields.get(EnvelopeKey.Manifest), isBytes, 'manifest', file);
  const severed = new Map<number, Uint8Array>();
  const integrated = new Map<string, Uint8Array>();
  for (const [key, value] of fields) {
    if (typeof key === 'number' && key > EnvelopeKey.Manifest && isBytes(value)) severed.set(key, value);
    if (typeof key === 'string' && isBytes(value)) integrated.set(key, value);
  }
  return {
    bytes,
    tagged,
    digest,
    digestHolds: sameBytes(digest, sha256(cborEncode(manifestBytes))),
    signatures: blocks.slice(1).map((block) => signatureRead(block, file)),
    manifestBytes,
    manifest: manifestRead(manifestBytes, severed, file),
    severed,
    integrated,
    text: severed.get(Key.Text),
  };
};

const argumentLength = (info: number, bytes: Uint8Array, at: number): [value: number, next: number] => {
  if (info < 24) return [info, at];
  const width = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : 0;
  if (width === 0 || at + width > bytes.length) return [NaN, at];
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] as number);
  return [value, at + width];
};

/** Where the envelope at the start of `bytes` ends, so that a bundle can be told apart; NaN when there is none. */
export const envelopeEnd = (bytes: Uint8Array): number => {
  let at = bytes[0] === 0xd8 && bytes[1] === EnvelopeTag ? 2 : 0;
  const head = bytes[at] ?? 0;
  if (head >> 5 !== 5) return NaN;
  let items: number;
  [items, at] = argumentLength(head & 31, bytes, at + 1);
  // A boot journal begins with 0xa1, too, and its first record reads as a map of one item.
  if (bytes[0] !== 0xd8 && bytes[at] !== EnvelopeKey.Authentication) return NaN;
  items *= 2;
  while (items > 0 && at < bytes.length) {
    const initial = bytes[at] as number;
    const major = initial >> 5;
    const [value, next] = argumentLength(initial & 31, bytes, at + 1);
    if (major !== 0 && major !== 2 && major !== 3) return NaN;
    at = next + (major === 0 ? 0 : value);
    items -= 1;
  }
  return items === 0 && at <= bytes.length ? at : NaN;
};
