/** The errors of decrypting: for a person, and with the code that a device reports for the same. */
import * as Err from '../../agent/err.ts';
import { PublishError } from '../errors.ts';
import type { Trouble } from '../errors.ts';
import { codeText } from '../explain.ts';

export class DecryptionError extends PublishError {
  /** Of agent/err.ts. */
  readonly code: number;
  /** The message without the code's name, for where that is shown beside it. */
  readonly reason: string;

  constructor(code: number, reason: string, trouble: Trouble) {
    super(`${reason} (a device says ${codeText(code)})`, trouble);
    this.name = 'DecryptionError';
    this.code = code;
    this.reason = reason;
  }
}

export const malformed = (reason: string, file?: string): DecryptionError =>
  new DecryptionError(Err.EncryptionMalformed, reason, {
    file,
    field: 'encryption',
    remedy: 'Pack the update again with flipside pack --recipient',
  });

export const noRecipient = (keyIds: readonly string[], file?: string): DecryptionError =>
  new DecryptionError(Err.NoRecipient, `encrypted for ${keyIds.join(', ')}, and not for this key`, {
    file,
    field: 'recipient',
    remedy: "Give the key of one of these devices, or pack with this device's recipient file too",
  });

export const wrongKey = (keyId: string, file?: string): DecryptionError =>
  new DecryptionError(Err.KeyUnwrap, `the content key does not unwrap with the key named ${keyId}`, {
    file,
    field: 'recipient',
    remedy:
      'Another key has the same name, or the recipient was altered: pack with the file of this very key',
  });

export const wrongPiece = (number: number, offset: number, file?: string): DecryptionError =>
  new DecryptionError(Err.PieceTag, `piece ${number}, at byte ${offset}, is not the one that belongs there`, {
    file,
    field: 'payload',
    remedy: 'Give envelope and payload of the same pack, whole and unchanged',
  });
