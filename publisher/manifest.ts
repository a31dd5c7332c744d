/** The manifest writer, docs/SPEC.md section 1.1. */
import { sha256 } from './bytes.ts';
import { cborEncode } from './cbor.ts';
import { Exit, PublishError } from './errors.ts';

export const DigestAlgorithm = -16;

export const Key = { Version: 1, Sequence: 2, Common: 3, Validate: 7, Install: 20, Text: 23 } as const;
const CommonKey = { Components: 2, Shared: 4 } as const;

export const Command = {
  Vendor: 1,
  Class: 2,
  ImageMatch: 3,
  UseBefore: 4,
  ComponentSlot: 5,
  TryEach: 15,
  Override: 20,
  Fetch: 21,
  Device: 24,
} as const;

export const Parameter = {
  Vendor: 1,
  Class: 2,
  ImageDigest: 3,
  Expiry: 4,
  ComponentSlot: 5,
  ImageSize: 14,
  Uri: 21,
  Device: 24,
  Priority: 27,
  Format: -257,
  Root: -258,
  PayloadSize: -259,
  SecurityVersion: -260,
  MinimumSecurityVersion: -261,
  Window: -262,
} as const;

export const PayloadFormat = { Framed: 1 } as const;

/** What to report of a command: all of it for conditions, failures only for a fetch (draft-37 section 8.4.7). */
const ReportAll = 15;
const ReportFailure = 2;
const ReportSlot = 5;

/** An image, and where its payload is. */
export interface Variant {
  readonly digest: Uint8Array;
  readonly size: number;
  readonly uri: string;
  /** For a framed payload. */
  readonly root?: Uint8Array | undefined;
  readonly payloadSize?: number | undefined;
  /** How far frames reach back, in bytes; left out where it is what any device has. */
  readonly window?: number | undefined;
}

export interface ManifestText {
  readonly description?: string | undefined;
  readonly update?: string | undefined;
  readonly vendor?: string | undefined;
  readonly model?: string | undefined;
  readonly version?: string | undefined;
}

export interface ManifestFields {
  readonly sequence: number;
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  /** One for any slot; or two, the first for slot A and the second for slot B. */
  readonly variants: readonly Variant[];
  readonly securityVersion?: number | undefined;
  readonly minimumSecurityVersion?: number | undefined;
  readonly priority?: number | undefined;
  /** Seconds since 1970. */
  readonly expiry?: number | undefined;
  /** The SUIT component identifier; default [h'00']. */
  readonly component?: readonly Uint8Array[] | undefined;
  readonly text?: ManifestText | undefined;
}

export interface Manifest {
  /** The manifest, without a byte string head. */
  readonly bytes: Uint8Array;
  /** SHA-256 over the manifest with its byte string head: what is signed. */
  readonly digest: Uint8Array;
  /** The severed text, when there is one. */
  readonly text?: Uint8Array | undefined;
}

const number = (value: number, field: string, most: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  const remedy = `Give a whole number from 0 to ${most}`;
  throw new PublishError(`${value} is out of range`, { field, remedy, exit: Exit.Usage });
};

const bytes = (value: Uint8Array, field: string, length: number): Uint8Array => {
  if (value.length === length) return value;
  const remedy = `Give ${length} bytes`;
  throw new PublishError(`${value.length} bytes`, { field, remedy, exit: Exit.Usage });
};

const U32 = 0xffffffff;

/** Leaves out what is undefined; cborg sorts the rest. */
const parameters = (rows: [number, unknown][]): Map<number, unknown> =>
  new Map(rows.filter(([, value]) => value !== undefined));

export const suitDigest = (digest: Uint8Array): Uint8Array => cborEncode([DigestAlgorithm, digest]);

const imageParameters = (variant: Variant): Map<number, unknown> =>
  parameters([
    [Parameter.ImageDigest, suitDigest(bytes(variant.digest, 'image digest', 32))],
    [Parameter.ImageSize, number(variant.size, 'image size', U32)],
  ]);

const fetchParameters = (variant: Variant): Map<number, unknown> =>
  parameters([
    [Parameter.Uri, variant.uri],
    [Parameter.Format, variant.root ? PayloadFormat.Framed : undefined],
    [Parameter.Root, variant.root && bytes(variant.root, 'root', 32)],
    [Parameter.PayloadSize, variant.payloadSize],
    [Parameter.Window, variant.window],
  ]);

const identityParameters = (fields: ManifestFields): [number, unknown][] => {
  const securityVersion = number(fields.securityVersion ?? 0, 'security version', U32);
  const minimum = fields.minimumSecurityVersion;
  if (minimum !== undefined && !(minimum <= securityVersion)) {
    const remedy = `Give at most the security version, ${securityVersion}: an image may not lock itself out`;
    throw new PublishError(`${minimum} is too high`, {
      field: 'minimum security version',
      remedy,
      exit: Exit.Usage,
    });
  }
  return [
    [Parameter.Vendor, bytes(fields.vendor, 'vendor', 16)],
    [Parameter.Class, bytes(fields.classId, 'class', 16)],
    [Parameter.Device, fields.device && bytes(fields.device, 'device', 16)],
    [
      Parameter.Expiry,
      fields.expiry === undefined ? undefined : number(fields.expiry, 'expiry', Number.MAX_SAFE_INTEGER),
    ],
    [
      Parameter.Priority,
      fields.priority === undefined ? undefined : number(fields.priority, 'priority', U32),
    ],
    [Parameter.SecurityVersion, securityVersion === 0 ? undefined : securityVersion],
    [
      Parameter.MinimumSecurityVersion,
      minimum === undefined ? undefined : number(minimum, 'minimum security version', U32),
    ],
  ];
};

/** One branch a slot: set the slot, check that it is the one written to, set the rest (draft-37 appendix B, example 3). */
const bySlot = (
  variants: readonly Variant[],
  rest: (variant: Variant) => Map<number, unknown>,
): unknown[] => [
  Command.TryEach,
  variants.map((variant, slot) =>
    cborEncode([
      Command.Override,
      parameters([[Parameter.ComponentSlot, slot]]),
      Command.ComponentSlot,
      ReportSlot,
      Command.Override,
      rest(variant),
    ]),
  ),
];

const sharedSequence = (fields: ManifestFields): Uint8Array => {
  const [first, second] = fields.variants as [Variant, Variant?];
  const own = second ? [] : [...imageParameters(first)];
  const conditions = [Command.Vendor, ReportAll, Command.Class, ReportAll];
  if (fields.device) conditions.push(Command.Device, ReportAll);
  if (fields.expiry !== undefined) conditions.push(Command.UseBefore, ReportAll);
  return cborEncode([
    Command.Override,
    parameters([...identityParameters(fields), ...own]),
    ...conditions,
    ...(second ? bySlot(fields.variants, imageParameters) : []),
  ]);
};

const installSequence = (variants: readonly Variant[]): Uint8Array => {
  const [first, second] = variants as [Variant, Variant?];
  const where = second ? bySlot(variants, fetchParameters) : [Command.Override, fetchParameters(first)];
  return cborEncode([...where, Command.Fetch, ReportFailure, Command.ImageMatch, ReportAll]);
};

const textMap = (text: ManifestText, component: readonly Uint8Array[]): Uint8Array => {
  const ofComponent = parameters([
    [1, text.vendor],
    [2, text.model],
    [6, text.version],
  ]);
  const all = new Map<unknown, unknown>(
    parameters([
      [1, text.description],
      [2, text.update],
    ]),
  );
  if (ofComponent.size > 0) all.set(component, ofComponent);
  return cborEncode(new Map([['en', all]]));
};

/** Writes a manifest; its text, if any, stands beside it, severed. */
export const writeManifest = (fields: ManifestFields): Manifest => {
  if (!(fields.variants.length >= 1 && fields.variants.length <= 2)) {
    const remedy = 'Give one image for any slot, or two, one for each slot';
    throw new PublishError(`${fields.variants.length} images`, { field: 'image', remedy, exit: Exit.Usage });
  }
  const component = fields.component ?? [Uint8Array.of(0)];
  const text = fields.text && textMap(fields.text, component);
  const manifest = new Map<number, unknown>([
    [Key.Version, 1],
    [Key.Sequence, number(fields.sequence, 'sequence', Number.MAX_SAFE_INTEGER)],
    [
      Key.Common,
      cborEncode(
        new Map<number, unknown>([
          [CommonKey.Components, [component]],
          [CommonKey.Shared, sharedSequence(fields)],
        ]),
      ),
    ],
    [Key.Validate, cborEncode([Command.ImageMatch, ReportAll])],
    [Key.Install, installSequence(fields.variants)],
  ]);
  // A severed element is bound by the digest over it with its byte string head.
  if (text) manifest.set(Key.Text, [DigestAlgorithm, sha256(cborEncode(text))]);
  const encoded = cborEncode(manifest);
  return { bytes: encoded, digest: sha256(cborEncode(encoded)), text };
};
