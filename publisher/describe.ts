/** Artefacts in words. */
import colors from 'picocolors';
import { lines, thousands } from './answer.ts';
import type { Row } from './answer.ts';
import { DefaultWindow, Encoding } from './blocks.ts';
import type { BlockIndex } from './blocks.ts';
import { hexOf } from './bytes.ts';
import { cborDecode } from './cbor.ts';
import { encryptionOfEnvelope } from './encryption/reader.ts';
import type { EncryptionFacts } from './encryption/reader.ts';
import { DecryptionError } from './encryption/trouble.ts';
import { uuidText } from './identifiers.ts';
import { coseAlgorithm } from './keys.ts';
import { blockMarks, frameBars, slotBar } from './picture.ts';
import { isNoBase } from './patch/no-base.ts';
import type { EnvelopeView, PatchView, VariantView } from './read-envelope.ts';
import type { SlotView } from './read-slot.ts';

export interface Description {
  readonly rows: readonly Row[];
  readonly text: string;
}

type Pair = readonly [label: string, value: string | number];

const optional = (label: string, value: string | number | undefined): Pair[] =>
  value === undefined ? [] : [[label, value]];

export const algorithmText = (algorithm: number): string => {
  const found = Object.entries(coseAlgorithm).find(([, number]) => number === algorithm);
  return found ? found[0] : algorithm === -7 ? 'es256' : `algorithm ${algorithm}`;
};

const variantPairs = (variant: VariantView): Pair[] => {
  const slot = variant.slot === undefined ? '' : ` for slot ${variant.slot === 0 ? 'A' : 'B'}`;
  const digest = variant.digest ? hexOf(variant.digest) : 'no digest';
  const size = variant.payloadSize === undefined ? '' : `, ${thousands(variant.payloadSize)} bytes`;
  const window = variant.window === undefined ? '' : `, window ${thousands(variant.window)} bytes`;
  return [
    [
      `image${slot}`,
      `${digest}, ${variant.size === undefined ? 'no size' : `${thousands(variant.size)} bytes`}`,
    ],
    [`payload${slot}`, `${variant.framed ? 'framed' : 'plain'}${size}${window}, ${variant.uri ?? 'no URI'}`],
  ];
};

const patchPair = (patch: PatchView): Pair => [
  'patch',
  `for ${isNoBase(patch.base) ? 'any image' : hexOf(patch.base).slice(0, 16)}, ${thousands(patch.payloadSize ?? 0)} bytes, ${patch.uri ?? 'no URI'}`,
];

const textPairs = (text: Uint8Array | undefined): Pair[] => {
  if (!text) return [];
  const pairs: Pair[] = [];
  const walk = (value: unknown): void => {
    if (value instanceof Map) for (const one of value.values()) walk(one);
    else if (typeof value === 'string') pairs.push(['text', value]);
  };
  walk(cborDecode(text, 'text'));
  return pairs;
};

const dateText = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '');

interface Encrypted {
  readonly facts?: EncryptionFacts;
  /** Why nothing can be said of it. */
  readonly trouble?: string;
}

const encryptedOf = (view: EnvelopeView): Encrypted => {
  try {
    const facts = encryptionOfEnvelope(view);
    return facts ? { facts } : {};
  } catch (error) {
    if (error instanceof DecryptionError) return { trouble: error.reason };
    throw error;
  }
};

const encryptionPairs = ({ facts, trouble }: Encrypted): Pair[] => {
  if (trouble !== undefined) return [['encrypted', colors.red(`malformed: ${trouble}`)]];
  if (!facts) return [];
  return [
    ['encrypted', `${facts.algorithm}, pieces of ${thousands(facts.piece)} bytes`],
    ...facts.recipients.map(({ kind, keyId }): Pair => ['recipient', `${kind} ${hexOf(keyId)}`]),
  ];
};

const manifestPairs = (view: EnvelopeView, encrypted: Encrypted): Pair[] => {
  const { manifest } = view;
  return [
    ['manifest', `${hexOf(view.digest)}${view.digestHolds ? '' : ', NOT the digest of the manifest'}`],
    ['sequence', String(manifest.sequence)],
    ['security version', manifest.securityVersion],
    ...optional('minimum security', manifest.minimumSecurityVersion),
    ...optional('vendor', manifest.vendor && uuidText(manifest.vendor)),
    ...optional('class', manifest.classId && uuidText(manifest.classId)),
    ...optional('device', manifest.device && uuidText(manifest.device)),
    ...optional('priority', manifest.priority),
    ...optional('expires', manifest.expiry === undefined ? undefined : dateText(manifest.expiry)),
    ...manifest.variants.flatMap(variantPairs),
    ...manifest.patches.map(patchPair),
    ...encryptionPairs(encrypted),
    ...textPairs(view.text),
    ...[...view.integrated].map(([name, payload]): Pair => ['inside', `${name}, ${payload.length} bytes`]),
  ];
};

export const describeEnvelope = (view: EnvelopeView): Description => {
  const { manifest } = view;
  const [variant] = manifest.variants;
  const encrypted = encryptedOf(view);
  const { facts } = encrypted;
  const signed = view.signatures.map(
    (one) => `${algorithmText(one.algorithm)} ${one.keyId ? hexOf(one.keyId) : '(no key id)'}`,
  );
  const row: Row = {
    kind: 'envelope',
    size: view.bytes.length,
    manifestDigest: hexOf(view.digest),
    digestHolds: view.digestHolds,
    sequence: Number(manifest.sequence),
    securityVersion: manifest.securityVersion,
    minimumSecurityVersion: manifest.minimumSecurityVersion ?? null,
    vendor: manifest.vendor ? uuidText(manifest.vendor) : null,
    classId: manifest.classId ? uuidText(manifest.classId) : null,
    imageDigest: variant?.digest ? hexOf(variant.digest) : null,
    imageSize: variant?.size ?? null,
    framed: variant?.framed ?? false,
    payloadSize: variant?.payloadSize ?? null,
    window: variant?.framed ? (variant.window ?? DefaultWindow) : null,
    uris: manifest.variants.map((one) => one.uri ?? null),
    bases: manifest.patches.map((one) => hexOf(one.base)),
    patchSizes: manifest.patches.map((one) => one.payloadSize ?? null),
    encryption: facts?.algorithm ?? null,
    piece: manifest.encryption.piece ?? null,
    recipients: (facts?.recipients ?? []).map(({ kind, keyId }) => `${kind} ${hexOf(keyId)}`),
    signatures: signed,
  };
  const pairs: Pair[] = [['envelope', `${view.bytes.length} bytes`], ...manifestPairs(view, encrypted)];
  for (const one of signed) pairs.push(['signed', one]);
  if (signed.length === 0) pairs.push(['signed', 'NOT signed']);
  return { rows: [row], text: lines(pairs) };
};

export const describeIndex = (index: BlockIndex, size: number): Description => {
  const frames = index.entries.reduce((sum, entry) => sum + entry.frameLength, 0);
  const stored = index.entries.filter((entry) => entry.encoding === Encoding.Stored).length;
  const row: Row = {
    kind: 'payload',
    size,
    root: hexOf(index.root),
    imageSize: index.imageSize,
    blocks: index.blocks,
    pages: index.pages,
    indexLength: index.length,
    frames,
    missing: Math.max(0, index.length + frames - size),
    stored,
    madeOnDevice: index.madeOnDevice,
  };
  const pairs: Pair[] = [
    ['payload', `${thousands(size)} bytes`],
    ['image', `${thousands(index.imageSize)} bytes in ${index.blocks} blocks`],
    ['index', `${thousands(index.length)} bytes, ${index.pages} pages, root ${hexOf(index.root)}`],
    ['frames', `${thousands(frames)} bytes, ${stored} stored, ${index.blocks - stored} deflated`],
  ];
  const whole = index.length + frames;
  if (size !== whole && !index.madeOnDevice) {
    const what = size < whole ? 'cut short' : 'too long';
    pairs.push(['warning', colors.red(`${what}: index and frames are ${thousands(whole)} bytes`)]);
  }
  const bars = frameBars(index.entries.map((entry) => entry.frameLength / 4096));
  return { rows: [row], text: `${lines(pairs)}\n\nwhat each block takes over the air:\n${bars}` };
};

export const describeSlot = (slot: SlotView, name: string, from = 0): Description => {
  const { footer, places } = slot;
  const good = slot.troubles.length === 0;
  const held = slot.blocksHold.filter(Boolean).length;
  const row: Row = {
    kind: 'slot',
    name,
    from,
    size: slot.size,
    imageSize: footer.imageSize,
    indexAt: places.indexAt,
    envelopeAt: places.envelopeAt,
    footerAt: places.footerAt,
    blocks: slot.blocksHold.length,
    blocksHold: held,
    good,
    troubles: slot.troubles,
  };
  const place = (label: string, at: number, length: number): Pair => [
    label,
    `0x${at.toString(16)}, ${thousands(length)} bytes`,
  ];
  const pairs: Pair[] = [
    place('image', 0, footer.imageSize),
    place('index', places.indexAt, footer.indexLength),
    place('envelope', places.envelopeAt, footer.envelopeLength),
    place('footer', places.footerAt, slot.size - places.footerAt),
    [
      'verdict',
      good
        ? colors.green('the image is the one that the envelope signs')
        : colors.red(slot.troubles.join('; ')),
    ],
  ];
  const head = `${name}  0x${from.toString(16)}, ${thousands(slot.size)} bytes`;
  const picture = slotBar(slot.size, footer.imageSize);
  const marks =
    held === slot.blocksHold.length
      ? ''
      : `\n\n${held} of ${slot.blocksHold.length} blocks are right:\n${blockMarks(slot.blocksHold)}`;
  const envelope = slot.envelope ? describeEnvelope(slot.envelope) : { rows: [], text: '' };
  const legend = colors.dim('\u2588 image  \u00b7 free  X index  E envelope  F footer');
  return {
    rows: [row, ...envelope.rows],
    text: `${head}\n${picture}\n${legend}\n${lines(pairs)}${marks}\n\n${envelope.text}`,
  };
};
