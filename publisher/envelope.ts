/** The envelope writer and its signatures, docs/SPEC.md section 1. */
import { hexOf } from './bytes.ts';
import { cborDecode, cborEncode, Tagged } from './cbor.ts';
import { Exit, PublishError } from './errors.ts';
import { coseAlgorithm, refusePublishedKey, signatureHolds } from './keys.ts';
import type { PublicKey, SigningKey } from './keys.ts';
import { DigestAlgorithm, Key } from './manifest.ts';
import type { Manifest } from './manifest.ts';

export const EnvelopeTag = 107;
export const EnvelopeKey = { Authentication: 2, Manifest: 3 } as const;
export const EnvelopeCap = 4096;
export const SignaturesMost = 4;
const Sign1Tag = 18;
const Header = { Algorithm: 1, KeyId: 4 } as const;

/** One signature, as it stands in an envelope. */
export interface Signature {
  /** The serialised protected header. */
  readonly protected: Uint8Array;
  readonly signature: Uint8Array;
}

export interface EnvelopeParts {
  readonly manifest: Manifest;
  readonly signatures: readonly Signature[];
  /** Payloads inside the envelope, by their URI ("#name"). */
  readonly integrated?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** The digest array that is signed, serialised. */
const digestArray = (digest: Uint8Array): Uint8Array => cborEncode([DigestAlgorithm, digest]);

/** A protected header; the key id is left out where one signature stands alone. */
export const protectedHeader = (known: PublicKey, withKeyId: boolean): Uint8Array => {
  const header = new Map<number, unknown>([[Header.Algorithm, coseAlgorithm[known.algorithm]]]);
  if (withKeyId) header.set(Header.KeyId, known.keyId);
  return cborEncode(header);
};

/** The bytes to sign (RFC 9052 section 4.4, payload detached) for a manifest digest under a protected header. */
export const signatureInput = (manifestDigest: Uint8Array, header: Uint8Array): Uint8Array =>
  cborEncode(['Signature1', header, new Uint8Array(0), digestArray(manifestDigest)]);

const checkCount = (count: number, least: number): void => {
  if (count >= least && count <= SignaturesMost) return;
  const remedy = `Sign with one to ${SignaturesMost} keys`;
  throw new PublishError(`${count} signatures`, { field: 'key', remedy, exit: Exit.Usage });
};

export interface SignOptions {
  /** Default: only when there is more than one signature. */
  readonly withKeyId?: boolean | undefined;
  /** For tests only. */
  readonly allowTestKeys?: boolean | undefined;
}

export const signManifest = (
  manifestDigest: Uint8Array,
  keys: readonly SigningKey[],
  options: SignOptions = {},
): Signature[] => {
  checkCount(keys.length, 1);
  if (new Set(keys.map((key) => hexOf(key.key))).size !== keys.length) {
    const remedy = 'A device counts distinct keys; give each key once';
    throw new PublishError('the same key twice', { field: 'key', remedy, exit: Exit.Usage });
  }
  return keys.map((key) => {
    if (!options.allowTestKeys) refusePublishedKey(key);
    const header = protectedHeader(key, options.withKeyId ?? keys.length > 1);
    return { protected: header, signature: key.sign(signatureInput(manifestDigest, header)) };
  });
};

/** As long as signatures of these keys, and empty: shows whether they fit before a key that counts has signed. */
export const signaturesBlank = (keys: readonly SigningKey[], options: SignOptions = {}): Signature[] =>
  keys.map((key) => ({
    protected: protectedHeader(key, options.withKeyId ?? keys.length > 1),
    signature: new Uint8Array(key.signatureLength),
  }));

/** Takes a signature that was made elsewhere (HSM, cloud key service), and proves it before it is used. */
export const signatureTake = (
  manifestDigest: Uint8Array,
  known: PublicKey,
  signature: Uint8Array,
  withKeyId: boolean,
  file?: string,
): Signature => {
  const header = protectedHeader(known, withKeyId);
  if (!signatureHolds(known, signatureInput(manifestDigest, header), signature)) {
    const remedy =
      'Sign the exact bytes of flipside sign --request with this key; for ECDSA 64 bytes, r and s, not DER';
    throw new PublishError('the signature does not hold', { file, field: 'signature', remedy });
  }
  return { protected: header, signature };
};

export const signatureBlock = (one: Signature): Uint8Array =>
  cborEncode(new Tagged(Sign1Tag, [one.protected, new Map(), null, one.signature]));

const checkLength = (bytes: Uint8Array, remedy: string): Uint8Array => {
  if (bytes.length <= EnvelopeCap) return bytes;
  const what = `${bytes.length} bytes, and a device takes at most ${EnvelopeCap}`;
  throw new PublishError(what, { field: 'envelope', remedy });
};

/** Of any length. */
const encode = (parts: EnvelopeParts): Uint8Array => {
  const blocks = parts.signatures.map(signatureBlock);
  const envelope = new Map<number | string, unknown>([
    [EnvelopeKey.Authentication, cborEncode([digestArray(parts.manifest.digest), ...blocks])],
    [EnvelopeKey.Manifest, parts.manifest.bytes],
  ]);
  if (parts.manifest.text) envelope.set(Key.Text, parts.manifest.text);
  for (const [name, payload] of parts.integrated ?? []) envelope.set(name, payload);
  return cborEncode(new Tagged(EnvelopeTag, envelope));
};

export const envelopeFits = (parts: EnvelopeParts): boolean => encode(parts).length <= EnvelopeCap;

/** Without a signature it is a request for one: every device refuses it. */
export const writeEnvelope = (parts: EnvelopeParts): Uint8Array => {
  checkCount(parts.signatures.length, 0);
  const inside = (parts.integrated?.size ?? 0) > 0;
  return checkLength(
    encode(parts),
    inside
      ? 'A payload inside the envelope has to be small; use --format framed'
      : 'Shorten the texts or the URI, or sign with keys of shorter signatures',
  );
};

/** The same envelope with one signature more; everything else keeps its bytes. */
export const addSignature = (envelope: Uint8Array, added: Signature, file?: string): Uint8Array => {
  const outer = cborDecode(envelope, 'envelope', file);
  const fields = (outer instanceof Tagged ? outer.value : outer) as Map<number | string, unknown>;
  const wrapper = cborDecode(fields.get(EnvelopeKey.Authentication) as Uint8Array, 'authentication', file);
  const blocks = [...(wrapper as Uint8Array[]), signatureBlock(added)];
  checkCount(blocks.length - 1, 1);
  fields.set(EnvelopeKey.Authentication, cborEncode(blocks));
  return checkLength(
    cborEncode(outer),
    'Leave out a signature or the texts, or sign with a key of shorter signatures',
  );
};
