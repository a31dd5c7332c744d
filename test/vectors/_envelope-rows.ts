/** Rows of formats.json that the publisher's packer makes: envelopes, block indexes, framed payloads, slot tails. */
import {
  coseAlgorithm,
  deviceIndex,
  envelopeRead,
  frame,
  indexRead,
  pack,
  slotImage,
} from '../../publisher/index.ts';
import type { Pack, PackOptions } from '../../publisher/index.ts';
import { sha256 } from '../../publisher/bytes.ts';
import { tailPlaces } from '../../publisher/provision.ts';
import { hex } from './_row.ts';
import { CLASS, DEVICE, SIZES, TWO_PAGES, VENDOR, keyNamed, noise } from './_samples.ts';
import type { KeyName } from './_samples.ts';

export interface SignatureFields {
  readonly key: KeyName;
  readonly algorithm: number;
  /** Empty: it names none. */
  readonly keyId: string;
  readonly signature: string;
}

/** What a device with this slot takes from the envelope. */
export interface InstallFields {
  readonly slot: number;
  readonly image: number;
  readonly imageDigest: string;
  /** 0 plain, 1 framed. */
  readonly format: number;
  /** Of a framed payload. */
  readonly root: string;
  readonly payloadSize: number;
  readonly uri: string;
  readonly integrated: string;
}

export interface EnvelopeRow {
  readonly name: string;
  readonly bytes: string;
  readonly manifestDigest: string;
  readonly sequence: number;
  readonly device: string;
  readonly securityVersion: number;
  /** -1, here and below: not said. */
  readonly minimumSecurityVersion: number;
  readonly expiry: number;
  readonly priority: number;
  readonly signatures: readonly SignatureFields[];
  readonly install: readonly InstallFields[];
}

interface Plan {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly keys: readonly KeyName[];
  readonly more?: Partial<PackOptions>;
}

const FULL = {
  securityVersion: 300,
  minimumSecurityVersion: 7,
  priority: 2,
  expiry: 1_900_000_000,
  device: DEVICE,
};

const PLANS: readonly Plan[] = [
  { name: 'framed, Ed25519', sizes: [10001], keys: ['ed25519'] },
  { name: 'framed, ESP256', sizes: [10001], keys: ['esp256'] },
  { name: 'framed, HSS/LMS', sizes: [10001], keys: ['hss-lms'] },
  { name: 'Ed25519 and HSS/LMS', sizes: [4096], keys: ['ed25519', 'hss-lms'] },
  {
    name: 'plain, by URI',
    sizes: [4097],
    keys: ['ed25519'],
    more: { format: 'plain', uri: 'https://example.org/a.bin' },
  },
  { name: 'integrated', sizes: [1], keys: ['ed25519'], more: { format: 'integrated' } },
  { name: 'two signatures', sizes: [4096], keys: ['ed25519', 'esp256'] },
  { name: 'an image for each slot', sizes: [4096, 4097], keys: ['ed25519'], more: { uri: ['a', 'b'] } },
  { name: 'every parameter', sizes: [1], keys: ['esp256'], more: { ...FULL, withKeyId: true } },
  {
    name: 'severed text',
    sizes: [1],
    keys: ['ed25519'],
    more: { text: { description: 'Gr\u00fc\u00dfe', version: '1.2' } },
  },
  { name: 'highest sequence', sizes: [1], keys: ['ed25519'], more: { sequence: Number.MAX_SAFE_INTEGER } },
];

function packed(plan: Plan): Pack {
  const [first, second] = plan.sizes.map(noise) as [Uint8Array, Uint8Array?];
  return pack({
    image: second ? [first, second] : first,
    vendor: VENDOR,
    classId: CLASS,
    sequence: 1000,
    keys: plan.keys.map(keyNamed),
    allowTestKeys: true,
    ...plan.more,
  });
}

function installFields(plan: Plan, made: Pack): InstallFields[] {
  const format = plan.more?.format ?? 'framed';
  // One image is for either slot.
  return [0, 1].map((slot) => {
    const at = plan.sizes.length === 2 ? slot : 0;
    const image = noise(plan.sizes[at]!);
    const framed = format === 'framed' ? frame(image) : undefined;
    return {
      slot,
      image: image.length,
      imageDigest: hex(sha256(image)),
      format: framed ? 1 : 0,
      root: framed ? hex(framed.root) : '',
      payloadSize: framed ? framed.payload.length : image.length,
      uri: made.uris[at]!,
      integrated: format === 'integrated' ? hex(image) : '',
    };
  });
}

function envelopeRow(plan: Plan): EnvelopeRow {
  const made = packed(plan);
  const view = envelopeRead(made.envelope);
  const more = plan.more ?? {};
  const named = more.withKeyId ?? plan.keys.length > 1;
  return {
    name: plan.name,
    bytes: hex(made.envelope),
    manifestDigest: hex(made.manifestDigest),
    sequence: more.sequence ?? 1000,
    device: more.device ? hex(DEVICE) : '',
    securityVersion: more.securityVersion ?? 0,
    minimumSecurityVersion: more.minimumSecurityVersion ?? -1,
    expiry: more.expiry ?? -1,
    priority: more.priority ?? -1,
    signatures: plan.keys.map((name, at) => ({
      key: name,
      algorithm: coseAlgorithm[name],
      keyId: named ? hex(keyNamed(name).keyId) : '',
      signature: hex(view.signatures[at]!.signature),
    })),
    install: installFields(plan, made),
  };
}

export const envelopeRows = (): EnvelopeRow[] => PLANS.map(envelopeRow);

export interface IndexRow {
  readonly name: string;
  readonly rule: 'noise' | 'zeros';
  readonly image: number;
  readonly blocks: number;
  readonly pages: number;
  readonly flags: number;
  readonly length: number;
  readonly root: string;
  readonly digest: string;
  /** Left out where it is long: then the digest has to do. */
  readonly bytes?: string;
}

function indexRow(rule: 'noise' | 'zeros', length: number, onDevice: boolean): IndexRow {
  const image = rule === 'noise' ? noise(length) : new Uint8Array(length);
  const index = onDevice ? deviceIndex(image) : frame(image).index;
  const blocks = Math.ceil(length / 4096);
  const row = {
    name: `${rule} ${length}${onDevice ? ', made on the device' : ''}`,
    rule,
    image: length,
    blocks,
    pages: Math.ceil(blocks / 227),
    flags: onDevice ? 1 : 0,
    length: index.length,
    root: hex(indexRead(index).root),
    digest: hex(sha256(index)),
  };
  return rule === 'noise' ? { ...row, bytes: hex(index) } : row;
}

export const indexRows = (): IndexRow[] => [
  ...SIZES.map((length) => indexRow('noise', length, false)),
  indexRow('noise', SIZES.at(-1)!, true),
  indexRow('zeros', TWO_PAGES, false),
  indexRow('zeros', TWO_PAGES, true),
];

export interface FrameFields {
  readonly digest: string;
  /** 0 stored, 1 deflate. */
  readonly encoding: number;
  readonly length: number;
  /** Empty for a stored frame: it is the block. */
  readonly bytes: string;
}

export interface PayloadRow {
  readonly name: string;
  readonly image: number;
  readonly length: number;
  readonly digest: string;
  readonly frames: readonly FrameFields[];
}

function payloadRow(length: number): PayloadRow {
  const framed = frame(noise(length));
  return {
    name: `noise ${length}`,
    image: length,
    length: framed.payload.length,
    digest: hex(sha256(framed.payload)),
    frames: indexRead(framed.index).entries.map((entry, at) => ({
      digest: hex(entry.digest),
      encoding: entry.encoding,
      length: entry.frameLength,
      bytes: entry.encoding === 0 ? '' : hex(framed.frames[at]!),
    })),
  };
}

export const payloadRows = (): PayloadRow[] => SIZES.map(payloadRow);

export interface SlotRow {
  readonly name: string;
  /** The row of the envelope in it. */
  readonly envelope: string;
  readonly slotSize: number;
  readonly unit: number;
  readonly erased: number;
  readonly image: number;
  readonly envelopeLength: number;
  readonly indexLength: number;
  readonly indexAt: number;
  readonly envelopeAt: number;
  readonly footerAt: number;
  /** From indexAt to the end of the slot. */
  readonly tail: string;
}

const SLOT_SIZE = 16384;

function slotRow(plan: Plan, unit: number, erased: number): SlotRow {
  const { envelope } = packed(plan);
  const image = noise(plan.sizes[0]!);
  const slot = slotImage({ image, envelope, slotSize: SLOT_SIZE, unit, eraseValue: erased });
  const index = plan.more?.format === 'plain' ? deviceIndex(image) : frame(image).index;
  const places = tailPlaces(SLOT_SIZE, unit, index.length, envelope.length);
  return {
    name: `${plan.name}, unit ${unit}, erased ${erased}`,
    envelope: plan.name,
    slotSize: SLOT_SIZE,
    unit,
    erased,
    image: image.length,
    envelopeLength: envelope.length,
    indexLength: index.length,
    ...places,
    tail: hex(slot.subarray(places.indexAt)),
  };
}

export function slotRows(): SlotRow[] {
  const rows: SlotRow[] = [];
  const [framed, , plain] = PLANS as [Plan, Plan, Plan];
  for (const unit of [1, 4, 8, 32]) for (const erased of [0xff, 0]) rows.push(slotRow(framed, unit, erased));
  return [...rows, slotRow(plain, 4, 0xff)];
}
