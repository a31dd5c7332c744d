/** Reads encrypted payloads of an envelope: with a device's key to their content, without one by what can be told. */
import * as Err from '../../agent/err.ts';
import { payloadName } from '../pack-payloads.ts';
import type { EnvelopeView } from '../read-envelope.ts';
import { PieceLeast, PieceMost, sealedLength } from './algorithms.ts';
import { encryptionRead } from './cose-encrypt.ts';
import type { EncryptionInfo } from './cose-encrypt.ts';
import type { PayloadFacts } from './facts.ts';
import { payloadOpen } from './pieces.ts';
import type { DeviceKey } from './recipient-key.ts';
import { keyUnwrap } from './recipient.ts';
import { DecryptionError, malformed } from './trouble.ts';

export interface EncryptionFacts extends EncryptionInfo {
  readonly piece: number;
}

/** What an envelope says of encryption; undefined: nothing. Throws for what a device refuses. */
export const encryptionOfEnvelope = (
  { manifest, integrated }: EnvelopeView,
  file?: string,
): EncryptionFacts | undefined => {
  const { info, piece } = manifest.encryption;
  if (info === undefined && piece === undefined) return undefined;
  if (info === undefined || piece === undefined)
    throw malformed('one of the parameters 19 and -265 without the other', file);
  if (!(piece >= PieceLeast && piece <= PieceMost)) throw malformed(`pieces of ${piece} bytes`, file);
  if (integrated.size > 0) throw malformed('a payload inside the envelope', file);
  return { ...encryptionRead(info, file), piece };
};

const lengthCheck = (length: number, wanted: number, file: string | undefined): void => {
  if (length === wanted) return;
  const code = length < wanted ? Err.PayloadTooShort : Err.PayloadTooLong;
  throw new DecryptionError(code, `${length} bytes instead of ${wanted}`, {
    file,
    field: 'payload',
    remedy: 'Give the payload of the same pack, whole',
  });
};

const nameIn = (uri: string | undefined): string => (uri ?? '').replace(/^.*\//, '');

/** Whether a payload is stored under its own digest, as pack names it by itself. */
export const namedByDigest = (uri: string | undefined): boolean => /^[0-9a-f]{32}\.bin$/.test(nameIn(uri));

const nameCheck = (sent: Uint8Array, uri: string | undefined, file: string | undefined): void => {
  if (!namedByDigest(uri) || nameIn(uri) === payloadName(sent)) return;
  throw new DecryptionError(Err.PieceTag, 'not the one that its name in the envelope says', {
    file,
    field: 'payload',
    remedy: 'Give the payload of the same pack, unchanged',
  });
};

/** What can be told without a key. */
export const sealedCheck = (sent: Uint8Array, facts: PayloadFacts, piece: number, file?: string): void => {
  lengthCheck(sent.length, sealedLength(facts.size ?? 0, piece), file);
  nameCheck(sent, facts.uri, file);
};

/** Returns what a payload decrypts to; throws for one that is another, or not whole. */
export type PayloadReader = (sent: Uint8Array, facts: PayloadFacts, file?: string) => Uint8Array;

/** Throws where the key is none of the recipients', or does not unwrap. */
export const payloadReader = (encryption: EncryptionFacts, own: DeviceKey, file?: string): PayloadReader => {
  const { algorithm, recipients, piece } = encryption;
  const content = { algorithm, piece, key: keyUnwrap(recipients, own, file) };
  return (sent, { id, size }, payloadFile) => {
    lengthCheck(sent.length, sealedLength(size ?? 0, piece), payloadFile);
    return payloadOpen(content, id ?? new Uint8Array(0), sent, payloadFile);
  };
};
