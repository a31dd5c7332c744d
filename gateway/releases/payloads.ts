/** Which files belong to a release, how long they are, and what proves each: all said by the signed manifest. */
import * as Err from '../../agent/err.ts';
import { placeNew, uriResolve, uriText } from '../../hal/http/uri.ts';
import type { Place } from '../../hal/http/uri.ts';
import { hexOf } from '../../publisher/bytes.ts';
import { sealedLength } from '../../publisher/encryption/algorithms.ts';
import { patchFacts, variantFacts } from '../../publisher/encryption/facts.ts';
import type { PayloadFacts } from '../../publisher/encryption/facts.ts';
import { encryptionOfEnvelope } from '../../publisher/encryption/reader.ts';
import { patchTrouble } from '../../publisher/patch-proof.ts';
import type { EnvelopeView } from '../../publisher/read-envelope.ts';
import { payloadTrouble } from '../../publisher/release.ts';
import type { ReleaseSource, Wanted } from '../contract.ts';
import { releaseError } from '../fetch/error.ts';
import type { Proof } from '../fetch/fetcher.ts';
import { digitsOf } from '../fetch/wanted.ts';

/** Under this name devices find the envelope, and so no payload may have it. */
export const ENVELOPE_NAME = 'update.suit';
/** Bytes that are unpacked in memory to prove a payload. */
const PROOF_MAX = 64 << 20;
const NAME_MAX = 255;
const RELATIVE = /^[\w.-]+(\/[\w.-]+)*$/;

export interface Payload {
  /** As the manifest has it. */
  readonly name: string;
  readonly size: number;
  readonly encrypted: boolean;
  /** Left out where the name alone binds the content. */
  readonly proof?: Proof | undefined;
}

/** A path below the envelope's own place. Throws ReleaseError. */
const nameCheck = (uri: string, where: string): void => {
  const remedy = 'pack it without --uri, or with a name relative to the envelope';
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(uri)) {
    const why = 'for which devices would not ask the gateway';
    throw releaseError(
      Err.OriginRefused,
      `${where}: the manifest names a payload at ${uri.slice(0, 200)}, ${why}; ${remedy}`,
    );
  }
  const dotted = uri.split('/').some((one) => one === '.' || one === '..');
  if (uri.length <= NAME_MAX && RELATIVE.test(uri) && !dotted && uri !== ENVELOPE_NAME) return;
  throw releaseError(
    Err.UriMalformed,
    `${where}: the manifest names a payload "${uri.slice(0, 200)}", which is no path below the envelope; ${remedy}`,
  );
};

const quietly = (trouble: (content: Uint8Array) => string | undefined) => (content: Uint8Array) => {
  try {
    return trouble(content);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const payloadOf = (
  facts: PayloadFacts,
  piece: number | undefined,
  trouble: (content: Uint8Array) => string | undefined,
  where: string,
): Payload => {
  const { uri = '', size, id } = facts;
  nameCheck(uri, where);
  if (!(size !== undefined && size > 0))
    throw releaseError(Err.NothingToInstall, `${where}: the manifest does not say how long ${uri} is`);
  const encrypted = piece !== undefined;
  const length = encrypted ? sealedLength(size, piece) : size;
  const bound = digitsOf(uri) !== undefined || encrypted;
  const proof = bound ? undefined : { key: id === undefined ? uri : hexOf(id), trouble: quietly(trouble) };
  return { name: uri, size: length, encrypted, proof };
};

/** Of all slots and bases, each name once; none of what is inside the envelope. Throws ReleaseError. */
export const payloadsOf = (view: EnvelopeView, where: string): readonly Payload[] => {
  const { variants, patches } = view.manifest;
  const piece = encryptionPiece(view, where);
  const imageSize = variants[0]?.size ?? 0;
  const outside = variants.filter(({ uri }) => uri === undefined || !view.integrated.has(uri));
  const all = [
    ...outside.map((one) =>
      payloadOf(variantFacts(one), piece, (content) => payloadTrouble(content, one), where),
    ),
    ...patches.map((one) =>
      payloadOf(patchFacts(one), piece, (content) => patchTrouble(content, one, imageSize), where),
    ),
  ];
  return [...new Map(all.map((payload) => [payload.name, payload])).values()];
};

const encryptionPiece = (view: EnvelopeView, where: string): number | undefined => {
  try {
    return encryptionOfEnvelope(view, where)?.piece;
  } catch (error) {
    throw releaseError(Err.EncryptionMalformed, (error as Error).message);
  }
};

const lastOf = (path: string): string => path.split('/').at(-1) ?? '';

/** Where it is to be fetched from: where the server says, or beside the envelope. Throws ReleaseError. */
export const wantedOf = (payload: Payload, source: ReleaseSource, envelope: Place): Wanted => {
  const { name, size } = payload;
  const said =
    source.files.find((file) => file.name === name) ??
    source.files.find((file) => lastOf(file.name) === lastOf(name));
  const wanted: Wanted = said
    ? { ...said, name, size, sizeMax: size }
    : {
        url: besides(envelope, name),
        name,
        size,
        sizeMax: size,
        authorization: source.envelope.authorization,
      };
  if (said?.size !== undefined && said.size !== size) {
    const what = `${said.url}: the server says ${said.size} bytes, and the signed manifest ${size}`;
    throw releaseError(Err.SourceMalformed, `${what}; upload the files of one pack together`);
  }
  provable(payload, wanted);
  return wanted;
};

const besides = (envelope: Place, name: string): string => {
  const place = placeNew();
  const code = uriResolve(place, envelope, name);
  if (code < 0) throw releaseError(code, `${uriText(envelope)}: nothing can be beside it under ${name}`);
  return uriText(place);
};

const provable = ({ name, size, encrypted, proof }: Payload, { sha256 }: Wanted): void => {
  if (digitsOf(name) !== undefined || (encrypted && sha256 !== undefined)) return;
  const remedy = 'pack it without --uri: payloads are then named by their digest';
  if (proof === undefined) {
    const why = 'it is encrypted, its name is not made of its digest, and the server gives no SHA-256';
    throw releaseError(Err.SourceMalformed, `${name} cannot be proven: ${why}; ${remedy}`);
  }
  if (size <= PROOF_MAX) return;
  const why = `its name is not made of its digest, and ${size} bytes are more than are unpacked in memory (${PROOF_MAX})`;
  throw releaseError(Err.PayloadTooLong, `${name} cannot be proven: ${why}; ${remedy}`);
};
