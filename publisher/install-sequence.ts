/** Where the payload is: the install sequence, docs/SPEC.md section 1.1. */
import { cborEncode } from './cbor.ts';
import { Command, Parameter, PayloadFormat, Report } from './manifest-numbers.ts';
import { bytes, number, parameters, U32 } from './manifest-values.ts';

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

/** A payload that makes the image of another one, the base. */
export interface PatchSource {
  /** SHA-256 of the base; zeros: it needs none. */
  readonly base: Uint8Array;
  readonly uri: string;
  /** SHA-256 of the first piece. */
  readonly root: Uint8Array;
  readonly payloadSize: number;
  /** Length of the first piece, in bytes. */
  readonly firstPiece: number;
}

const fetchParameters = (variant: Variant): Map<number, unknown> =>
  parameters([
    [Parameter.Uri, variant.uri],
    [Parameter.Format, variant.root ? PayloadFormat.Framed : undefined],
    [Parameter.Root, variant.root && bytes(variant.root, 'root', 32)],
    [Parameter.PayloadSize, variant.payloadSize],
    [Parameter.Window, variant.window],
  ]);

const patchParameters = (patch: PatchSource): Map<number, unknown> =>
  parameters([
    [Parameter.Uri, patch.uri],
    [Parameter.Format, PayloadFormat.Patch],
    [Parameter.Root, bytes(patch.root, 'root', 32)],
    [Parameter.PayloadSize, number(patch.payloadSize, 'payload size', U32)],
    [Parameter.FirstPiece, number(patch.firstPiece, 'first piece', patch.payloadSize)],
  ]);

/** One branch a slot: set the slot, check that it is the one written to, set the rest (draft-37 appendix B, example 3). */
export const bySlot = (
  variants: readonly Variant[],
  rest: (variant: Variant) => Map<number, unknown>,
): unknown[] => [
  Command.TryEach,
  variants.map((variant, slot) =>
    cborEncode([
      Command.Override,
      parameters([[Parameter.ComponentSlot, slot]]),
      Command.ComponentSlot,
      Report.Choice,
      Command.Override,
      rest(variant),
    ]),
  ),
];

/** One branch a base, and the last for every other image that may run. */
const byBase = (patches: readonly PatchSource[], whole: Variant): unknown[] => [
  Command.TryEach,
  [
    ...patches.map((patch) => [
      Command.Override,
      parameters([[Parameter.Base, bytes(patch.base, 'base', 32)]]),
      Command.Base,
      Report.Choice,
      Command.Override,
      patchParameters(patch),
    ]),
    [Command.Override, fetchParameters(whole)],
  ].map((branch) => cborEncode(branch)),
];

const sourceOf = (variants: readonly Variant[], patches: readonly PatchSource[]): unknown[] => {
  const [first, second] = variants as [Variant, Variant?];
  if (second) return bySlot(variants, fetchParameters);
  return patches.length > 0 ? byBase(patches, first) : [Command.Override, fetchParameters(first)];
};

export const installSequence = (variants: readonly Variant[], patches: readonly PatchSource[]): Uint8Array =>
  cborEncode([...sourceOf(variants, patches), Command.Fetch, Report.Failure, Command.ImageMatch, Report.All]);
