/** Would this device take it? publisher's own checks, and what the device's code says. */
import { Err } from '../agent/index.ts';
import { anchorRecord, publicKeyOfAnchor } from './anchors.ts';
import type { AnchorFile } from './anchors.ts';
import { DefaultWindow, indexLength } from './blocks.ts';
import { hexOf, roundUp, sameBytes, sha256 } from './bytes.ts';
import { cborEncode } from './cbor.ts';
import { deviceVerdict } from './device.ts';
import { encryptionOfEnvelope, payloadReader, sealedCheck } from './encryption/reader.ts';
import { patchFacts, variantFacts } from './encryption/facts.ts';
import type { PayloadFacts } from './encryption/facts.ts';
import type { EncryptionFacts, PayloadReader } from './encryption/reader.ts';
import type { DeviceKey } from './encryption/recipient-key.ts';
import { DecryptionError } from './encryption/trouble.ts';
import { signatureInput } from './envelope.ts';
import { explain } from './explain.ts';
import { uuidText } from './identifiers.ts';
import { coseAlgorithm, signatureHolds } from './keys.ts';
import type { PublicKey } from './keys.ts';
import { tailPlaces } from './provision.ts';
import { patchMakes, patchTrouble } from './patch-proof.ts';
import { isNoBase, NoImage } from './patch/no-base.ts';
import type { EnvelopeView, PatchView, SignatureView, VariantView } from './read-envelope.ts';
import { payloadTrouble } from './release.ts';

/** The device that is asked about; what is left out is not checked. */
export interface DeviceProfile {
  readonly anchors: readonly AnchorFile[];
  readonly threshold?: number | undefined;
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  readonly component?: readonly Uint8Array[] | undefined;
  /** The slot that receives: 0 or 1. Default 1. */
  readonly slot?: number | undefined;
  readonly slotSize?: number | undefined;
  /** Program unit, bytes. Default 4. */
  readonly unit?: number | undefined;
  /** The highest sequence ever confirmed on it. */
  readonly accepted?: number | undefined;
  readonly floor?: number | undefined;
  /** Seconds since 1970. */
  readonly now?: number | undefined;
  readonly framedOnly?: boolean | undefined;
  /** How far back frames may reach, in bytes. Default 4096. */
  readonly window?: number | undefined;
  /** Images that run on such devices: what patches are tried with. */
  readonly bases?: readonly Uint8Array[] | undefined;
  /** What it decrypts with. Without it an encrypted payload is not looked into. */
  readonly deviceKey?: DeviceKey | undefined;
}

export interface CheckResult {
  readonly check: string;
  readonly passed: boolean;
  /** Why not: a code of agent/codes.ts; 0 when it passed. */
  readonly code: number;
  readonly note: string;
}

type Failure = readonly [code: number, note: string] | undefined;

const result = (check: string, failure: Failure, note = ''): CheckResult =>
  failure
    ? { check, passed: false, code: failure[0], note: failure[1] }
    : { check, passed: true, code: 0, note };

const algorithmFits = (known: PublicKey, one: SignatureView): boolean =>
  coseAlgorithm[known.algorithm] === one.algorithm || (known.algorithm === 'esp256' && one.algorithm === -7);

const signers = (view: EnvelopeView, profile: DeviceProfile): { failure: Failure; names: string[] } => {
  const names = new Set<string>();
  for (const one of view.signatures) {
    const anchors = profile.anchors.map(publicKeyOfAnchor);
    const meant = one.keyId
      ? anchors.filter((known) => sameBytes(known.keyId, one.keyId as Uint8Array))
      : anchors;
    if (meant.length === 0) continue;
    const input = signatureInput(view.digest, one.protected);
    const held = meant.find(
      (known) => algorithmFits(known, one) && signatureHolds(known, input, one.signature),
    );
    if (!held)
      return {
        failure: [Err.SignatureWrong, 'a signature holds under none of the anchors'],
        names: [...names],
      };
    names.add(hexOf(held.keyId));
  }
  const threshold = profile.threshold ?? 1;
  if (view.signatures.length === 0) return { failure: [Err.NoSignature, 'not signed'], names: [] };
  if (names.size === 0)
    return { failure: [Err.SignatureWrong, 'no anchor of the device has signed'], names: [] };
  const few: Failure = [Err.TooFewSignatures, `${names.size} of ${threshold} anchors have signed`];
  return { failure: names.size < threshold ? few : undefined, names: [...names] };
};

const identity = (wanted: Uint8Array | undefined, own: Uint8Array | undefined, code: number): Failure =>
  wanted && own && sameBytes(wanted, own)
    ? undefined
    : [code, `for ${wanted ? uuidText(wanted) : 'none'}, the device is ${own ? uuidText(own) : 'not named'}`];

const room = (variant: VariantView, view: EnvelopeView, profile: DeviceProfile): Failure => {
  const unit = profile.unit ?? 4;
  const size = variant.size ?? 0;
  const places = tailPlaces(profile.slotSize ?? 0, unit, indexLength(size), view.bytes.length);
  return roundUp(size, unit) <= places.indexAt
    ? undefined
    : [Err.ImageTooLarge, `${size} bytes, and the slot has room for ${Math.max(0, places.indexAt)}`];
};

const policyChecks = (view: EnvelopeView, variant: VariantView, profile: DeviceProfile): CheckResult[] => {
  const { manifest } = view;
  const checks = [
    result('vendor', identity(manifest.vendor, profile.vendor, Err.WrongVendor), uuidText(profile.vendor)),
    result('class', identity(manifest.classId, profile.classId, Err.WrongClass), uuidText(profile.classId)),
  ];
  const add = (check: string, failed: boolean, code: number, note: string): void => {
    checks.push(result(check, failed ? [code, note] : undefined, note));
  };
  if (manifest.device)
    checks.push(result('device', identity(manifest.device, profile.device, Err.WrongDevice)));
  const { accepted, floor, now } = profile;
  const sequence = manifest.sequence;
  if (accepted !== undefined) {
    add('sequence', !(sequence > accepted), Err.SequenceOld, `${sequence}, accepted is ${accepted}`);
  }
  if (floor !== undefined) {
    add(
      'security version',
      manifest.securityVersion < floor,
      Err.BelowFloor,
      `${manifest.securityVersion}, floor is ${floor}`,
    );
  }
  if (manifest.expiry !== undefined && now !== undefined) {
    const until = new Date(manifest.expiry * 1000).toISOString();
    add('expiry', now > manifest.expiry, Err.Expired, `until ${until}`);
  }
  if (profile.slotSize !== undefined) checks.push(result('room', room(variant, view, profile)));
  if (profile.framedOnly)
    add(
      'format',
      !variant.framed && view.integrated.size === 0,
      Err.PlainImage,
      variant.framed ? 'framed' : 'plain',
    );
  if (variant.framed) {
    const window = variant.window ?? DefaultWindow;
    const most = profile.window ?? DefaultWindow;
    add('window', window > most, Err.WindowTooLarge, `${window} bytes, the device keeps ${most}`);
  }
  return checks;
};

interface Encrypted {
  readonly facts: EncryptionFacts;
  /** Undefined: there is no key. */
  readonly read: PayloadReader | undefined;
}

/** What is said of encryption, and whether the device can decrypt. */
const encryptionCheck = (
  view: EnvelopeView,
  profile: DeviceProfile,
): { check: CheckResult | undefined; encrypted: Encrypted | undefined } => {
  try {
    const facts = encryptionOfEnvelope(view);
    if (!facts) return { check: undefined, encrypted: undefined };
    const read = profile.deviceKey && payloadReader(facts, profile.deviceKey);
    const many = `${facts.algorithm}, recipients: ${facts.recipients.length}`;
    const note = read ? `${many}; the content key unwraps` : `${many}; no key is given to unwrap with`;
    return { check: result('encryption', undefined, note), encrypted: { facts, read } };
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    return { check: result('encryption', [error.code, error.reason]), encrypted: undefined };
  }
};

/** `held` gets what the manifest speaks of; it is not called where that is not to be had. */
const plainCheck = (
  check: string,
  sent: Uint8Array,
  facts: PayloadFacts,
  encrypted: Encrypted | undefined,
  held: (plain: Uint8Array) => CheckResult,
): CheckResult => {
  if (!encrypted) return held(sent);
  try {
    if (encrypted.read) return held(encrypted.read(sent, facts));
    sealedCheck(sent, facts, encrypted.facts.piece);
    return result(check, undefined, `${sent.length} bytes, its length fits; not decrypted`);
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    return result(check, [error.code, error.reason]);
  }
};

const payloadCheck = (
  sent: Uint8Array,
  variant: VariantView,
  encrypted: Encrypted | undefined,
): CheckResult => {
  const facts = variantFacts(variant);
  return plainCheck('payload', sent, facts, encrypted, (payload) => {
    try {
      const why = payloadTrouble(payload, variant);
      const failure: Failure = why === undefined ? undefined : [Err.ImageDigest, why];
      return result('payload', failure, `${sent.length} bytes`);
    } catch (error) {
      return result('payload', [Err.FrameMalformed, error instanceof Error ? error.message : String(error)]);
    }
  });
};

const patchCheck = (
  sent: Uint8Array,
  patch: PatchView,
  image: VariantView,
  profile: DeviceProfile,
  encrypted: Encrypted | undefined,
): CheckResult => {
  const whole = isNoBase(patch.base);
  const name = whole ? 'patch, no base' : `patch ${hexOf(patch.base).slice(0, 8)}`;
  return plainCheck(name, sent, patchFacts(patch), encrypted, (payload) => {
    const damage = patchTrouble(payload, patch, image.size ?? 0);
    if (damage !== undefined) return result(name, [Err.PieceDigest, damage]);
    const base = whole ? NoImage : profile.bases?.find((one) => sameBytes(sha256(one), patch.base));
    if (!base) return result(name, undefined, 'its pieces hold; not tried, as its base is not given');
    const why = patchMakes(payload, patch, image, base);
    const note = `${sent.length} bytes make the image${whole ? '' : ' of its base'}`;
    return result(name, why === undefined ? undefined : [Err.PatchMalformed, why], note);
  });
};

/** The code that runs on devices, held against an envelope that publisher may not even be able to read. */
export const deviceCheck = (envelope: Uint8Array, profile: DeviceProfile): CheckResult => {
  const code = deviceVerdict(envelope, {
    vendor: profile.vendor,
    classId: profile.classId,
    device: profile.device,
    component: cborEncode(profile.component ?? [Uint8Array.of(0)]),
    slot: profile.slot ?? 1,
    now: profile.now ?? -1,
    anchors: profile.anchors.map(anchorRecord),
    threshold: profile.threshold ?? 1,
  });
  const note = 'the code that runs on devices reads and authenticates it';
  return result('agent', code < 0 ? [code, explain(code)?.sentence ?? 'refused'] : undefined, note);
};

/** Every check, in the order a device makes them; the first that failed is the code it would report. */
export const verify = (
  view: EnvelopeView,
  payload: Uint8Array | undefined,
  profile: DeviceProfile,
  /** By patch of the manifest; undefined: not at hand. */
  patches: readonly (Uint8Array | undefined)[] = [],
): CheckResult[] => {
  const { failure, names } = signers(view, profile);
  const variants = view.manifest.variants;
  const variant = (variants.find((one) => one.slot === (profile.slot ?? 1)) ?? variants[0]) as VariantView;
  const inside = variant.uri === undefined ? undefined : view.integrated.get(variant.uri);
  const given = inside ?? payload;
  const { check, encrypted } = encryptionCheck(view, profile);
  // What cannot be decrypted cannot be looked into.
  const blind = check !== undefined && !check.passed;
  return [
    result(
      'manifest digest',
      view.digestHolds ? undefined : [Err.ManifestDigest, 'the manifest was changed'],
      hexOf(view.digest),
    ),
    result('signatures', failure, names.join(', ')),
    deviceCheck(view.bytes, profile),
    ...policyChecks(view, variant, profile),
    ...(check ? [check] : []),
    ...(given && !blind ? [payloadCheck(given, variant, encrypted)] : []),
    ...view.manifest.patches.flatMap((patch, at) => {
      const own = blind ? undefined : patches[at];
      return own ? [patchCheck(own, patch, variant, profile, encrypted)] : [];
    }),
  ];
};
