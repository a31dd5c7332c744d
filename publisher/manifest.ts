/** The manifest writer, docs/SPEC.md section 1.1. */
import { sha256 } from './bytes.ts';
import { cborEncode } from './cbor.ts';
import { Exit, PublishError } from './errors.ts';
import { bySlot, installSequence } from './install-sequence.ts';
import type { PatchSource, Variant } from './install-sequence.ts';
import { Command, CommonKey, DigestAlgorithm, Key, Parameter, Report } from './manifest-numbers.ts';
import { bytes, number, parameters, suitDigest, U32 } from './manifest-values.ts';

export { Command, DigestAlgorithm, Key, Parameter, PayloadFormat } from './manifest-numbers.ts';
export { suitDigest } from './manifest-values.ts';
export type { PatchSource, Variant } from './install-sequence.ts';

export interface ManifestText {
  readonly description?: string | undefined;
  readonly update?: string | undefined;
  readonly vendor?: string | undefined;
  readonly model?: string | undefined;
  readonly version?: string | undefined;
}

/** How payloads are encrypted: the same for all of a manifest (docs/SPEC.md section 10). */
export interface Encryption {
  /** The COSE_Encrypt. */
  readonly info: Uint8Array;
  /** Bytes of plaintext in a piece. */
  readonly piece: number;
}

export interface ManifestFields {
  readonly sequence: number;
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  /** One for any slot; or two, the first for slot A and the second for slot B. */
  readonly variants: readonly Variant[];
  /** Only beside one image for any slot. */
  readonly patches?: readonly PatchSource[] | undefined;
  readonly securityVersion?: number | undefined;
  readonly minimumSecurityVersion?: number | undefined;
  readonly priority?: number | undefined;
  /** Seconds since 1970. */
  readonly expiry?: number | undefined;
  /** The SUIT component identifier; default [h'00']. */
  readonly component?: readonly Uint8Array[] | undefined;
  readonly text?: ManifestText | undefined;
  readonly encryption?: Encryption | undefined;
}

export interface Manifest {
  /** The manifest, without a byte string head. */
  readonly bytes: Uint8Array;
  /** SHA-256 over the manifest with its byte string head: what is signed. */
  readonly digest: Uint8Array;
  /** The severed text, when there is one. */
  readonly text?: Uint8Array | undefined;
}

const imageParameters = (variant: Variant): Map<number, unknown> =>
  parameters([
    [Parameter.ImageDigest, suitDigest(bytes(variant.digest, 'image digest', 32))],
    [Parameter.ImageSize, number(variant.size, 'image size', U32)],
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

const encryptionParameters = (encryption: Encryption | undefined): [number, unknown][] => [
  [Parameter.EncryptionInfo, encryption?.info],
  [Parameter.EncryptionPiece, encryption?.piece],
];

const sharedSequence = (fields: ManifestFields): Uint8Array => {
  const [first, second] = fields.variants as [Variant, Variant?];
  const own = second ? [] : [...imageParameters(first)];
  const conditions: number[] = [Command.Vendor, Report.All, Command.Class, Report.All];
  if (fields.device) conditions.push(Command.Device, Report.All);
  if (fields.expiry !== undefined) conditions.push(Command.UseBefore, Report.All);
  return cborEncode([
    Command.Override,
    // Encryption is set once, here: whichever branch chooses the payload, it holds.
    parameters([...identityParameters(fields), ...own, ...encryptionParameters(fields.encryption)]),
    ...conditions,
    ...(second ? bySlot(fields.variants, imageParameters) : []),
  ]);
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
  if (fields.variants.length === 2 && (fields.patches?.length ?? 0) > 0) {
    const remedy = 'Give one image for any slot, or no base';
    throw new PublishError('a patch makes one image, and there are two', {
      field: 'base',
      remedy,
      exit: Exit.Usage,
    });
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
    [Key.Validate, cborEncode([Command.ImageMatch, Report.All])],
    [Key.Install, installSequence(fields.variants, fields.patches ?? [])],
  ]);
  // A severed element is bound by the digest over it with its byte string head.
  if (text) manifest.set(Key.Text, [DigestAlgorithm, sha256(cborEncode(text))]);
  const encoded = cborEncode(manifest);
  return { bytes: encoded, digest: sha256(cborEncode(encoded)), text };
};
