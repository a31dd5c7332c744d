/** The options of verbs that encrypt or decrypt. */
import type { Command } from 'commander';
import { hexOf } from '../bytes.ts';
import { contentNames, PieceLeast, PieceMost, RecipientsMost } from '../encryption/algorithms.ts';
import { deviceKeyLoad, recipientLoad } from '../encryption/key-file.ts';
import type { DeviceKey } from '../encryption/recipient-key.ts';
import type { EncryptionOptions } from '../encryption/sealer.ts';
import { Exit, PublishError } from '../errors.ts';
import { choice, optionalNumber, optionalText, several, texts } from './values.ts';
import type { Options } from './values.ts';

export const encryptionDefine = (command: Command): void => {
  several(
    command,
    '--recipient <file>',
    `encrypts the payloads for this key (of flipside keygen --kind device-key); 1 to ${RecipientsMost} of them. The key of the content is drawn anew, so no two packs are the same`,
  );
  command
    .option(
      '--encryption <name>',
      `with --recipient: ${contentNames.join(', ')} (default: ${contentNames[0]})`,
    )
    .option(
      '--piece <bytes>',
      `with --recipient: what a device decrypts at once (${PieceLeast} to ${PieceMost}; default ${PieceMost})`,
    );
};

export const encryptionOf = (options: Options): EncryptionOptions | undefined => {
  const files = texts(options, 'recipient');
  const unused = ['encryption', 'piece'].find((option) => optionalText(options, option) !== undefined);
  if (files.length > 0)
    return {
      recipients: files.map(recipientLoad),
      algorithm: choice(options, 'encryption', contentNames, 'chacha20-poly1305'),
      piece: optionalNumber(options, 'piece'),
    };
  if (unused === undefined) return undefined;
  const remedy = 'Give --recipient too: who is to decrypt it';
  throw new PublishError('nothing is encrypted', { field: `--${unused}`, remedy, exit: Exit.Usage });
};

export const encryptionText = ({ algorithm, piece, recipients }: EncryptionOptions): string =>
  `${algorithm}, pieces of ${piece ?? PieceMost} bytes, for ${recipients
    .map(({ kind, keyId }) => `${kind} ${hexOf(keyId)}`)
    .join(', ')}`;

export const deviceKeyDefine = (command: Command): void => {
  command.option(
    '--device-key <file>',
    'decrypts payloads with this key of flipside keygen --kind device-key',
  );
};

export const deviceKeyOption = (options: Options): DeviceKey | undefined => {
  const file = optionalText(options, 'device-key');
  return file === undefined ? undefined : deviceKeyLoad(file);
};
