/** The encryption of one pack: one content key, wrapped for each recipient, and every payload under it. */
import { randomBytes } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { hexOf, plainBytes, sameBytes, sha256 } from '../bytes.ts';
import { Exit, PublishError } from '../errors.ts';
import { contentAlgorithms, PieceLeast, PieceMost, RecipientsMost } from './algorithms.ts';
import type { ContentAlgorithm, RecipientKind } from './algorithms.ts';
import { encryptionWrite } from './cose-encrypt.ts';
import { NonceStart, payloadSeal } from './pieces.ts';
import type { RecipientKey } from './recipient-key.ts';
import { keyWrap } from './recipient.ts';

export interface EncryptionOptions {
  /** 1 to 8: who can decrypt it. */
  readonly recipients: readonly RecipientKey[];
  /** Default chacha20-poly1305. */
  readonly algorithm?: ContentAlgorithm | undefined;
  /** Bytes of plaintext in a piece: 256 to 2048, the default. */
  readonly piece?: number | undefined;
  /** For tests only: a key that is used twice gives away what it encrypts. */
  readonly random?: ((length: number) => Uint8Array) | undefined;
}

export interface Sealer {
  /** Parameter 19. */
  readonly info: Uint8Array;
  /** Parameter -265. */
  readonly piece: number;
  /** `payloadId`: parameter -258, or of a payload that is the image its digest. */
  seal(payload: Uint8Array, payloadId: Uint8Array): Uint8Array;
}

const usage = (what: string, field: string, remedy: string): PublishError =>
  new PublishError(what, { field, remedy, exit: Exit.Usage });

const recipientsCheck = (recipients: readonly RecipientKey[]): void => {
  if (!(recipients.length >= 1 && recipients.length <= RecipientsMost))
    throw usage(
      `${recipients.length} recipients`,
      'recipient',
      `Give 1 to ${RecipientsMost}: a fleet shares a key, or is packed for in groups`,
    );
  const names = recipients.map(({ kind, keyId }) => `${kind} ${hexOf(keyId)}`);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  // A device takes the first that is named as its key is.
  if (twice !== undefined)
    throw usage(`two recipients are named ${twice}`, 'recipient', 'Give each key once, and a name to each');
};

const pieceCheck = (piece: number): number => {
  if (Number.isInteger(piece) && piece >= PieceLeast && piece <= PieceMost) return piece;
  throw usage(`${piece} is out of range`, 'piece', `Give a whole number from ${PieceLeast} to ${PieceMost}`);
};

/** 48 bytes, reduced by noble, are a P-256 scalar without bias; of X25519 any 32 bytes are one. */
const ephemeralOf = (kind: RecipientKind, random: (length: number) => Uint8Array): Uint8Array => {
  if (kind === 'a128kw') return new Uint8Array(0);
  return kind === 'x25519' ? random(32) : p256.utils.randomSecretKey(random(48));
};

/** Draws the content key. One sealer is for one pack. */
export const sealerNew = (options: EncryptionOptions): Sealer => {
  const random = options.random ?? ((length: number): Uint8Array => plainBytes(randomBytes(length)));
  const algorithm = options.algorithm ?? 'chacha20-poly1305';
  const piece = pieceCheck(options.piece ?? PieceMost);
  recipientsCheck(options.recipients);
  const key = random(contentAlgorithms[algorithm].keyLength);
  const recipients = options.recipients.map((one) => keyWrap(key, one, ephemeralOf(one.kind, random)));
  const content = { algorithm, key, piece };
  const before = new Map<string, Uint8Array>();
  return {
    info: encryptionWrite({ algorithm, recipients }),
    piece,
    seal: (payload, payloadId) => {
      const start = hexOf(payloadId.subarray(0, NonceStart));
      const digest = sha256(payloadId, payload);
      // The same payload again is the same bytes again; any other under the same nonces would give both away.
      if (!sameBytes(before.get(start) ?? digest, digest))
        throw usage(
          `two payloads have ids that begin with ${start}`,
          'payload',
          'One key cannot encrypt both: leave a base out, or change the image',
        );
      before.set(start, digest);
      return payloadSeal(content, payloadId, payload);
    },
  };
};
