/** The keys that devices decrypt with. */
import type { Answer } from '../answer.ts';
import { hexOf } from '../bytes.ts';
import { KeyIdMost, recipientKinds } from '../encryption/algorithms.ts';
import { DeviceKeyEnding, deviceKeySave, RecipientEnding, recipientSave } from '../encryption/key-file.ts';
import { deviceKeyNew, keyIdFits } from '../encryption/recipient-key.ts';
import { Exit, PublishError } from '../errors.ts';
import { refuseExisting } from '../files.ts';
import { choice, optionalText, texts } from './values.ts';
import type { Options } from './values.ts';

/** What belongs to keys that sign. */
const ofSigning = ['vendor', 'class', 'height', 'width', 'digest', 'adopt', 'skip'];

const keyIdOf = (options: Options): Uint8Array | undefined => {
  const name = optionalText(options, 'key-id');
  if (name === undefined) return undefined;
  const keyId = new TextEncoder().encode(name);
  if (keyIdFits(keyId)) return keyId;
  const remedy = `Give 1 to ${KeyIdMost} bytes of text`;
  throw new PublishError(`${keyId.length} bytes`, { field: '--key-id', remedy, exit: Exit.Usage });
};

export const deviceKey = (out: string, options: Options): Answer => {
  const wrong = ofSigning.find((option) => texts(options, option).length > 0);
  if (wrong !== undefined) {
    const remedy = 'Leave it out, or leave out --kind device-key';
    throw new PublishError('is for keys that sign', { field: `--${wrong}`, remedy, exit: Exit.Usage });
  }
  const kind = choice(options, 'algorithm', recipientKinds, 'x25519');
  const keyFile = `${out}${DeviceKeyEnding}`;
  // A symmetric key is its own other half: there is one file, and it is secret wherever it goes.
  const recipientFile = kind === 'a128kw' ? keyFile : `${out}${RecipientEnding}`;
  const key = deviceKeyNew(kind, keyIdOf(options));
  refuseExisting(recipientFile, '--out');
  deviceKeySave(keyFile, key);
  if (recipientFile !== keyFile) recipientSave(recipientFile, key);
  return {
    rows: [{ kind, keyId: hexOf(key.keyId), keyFile, recipientFile }],
    text: [
      `device key  ${keyFile}   (keep it secret; whoever has it can read what is packed for it)`,
      recipientFile === keyFile
        ? 'recipient   the same file: to pack, too, takes the secret; x25519 and p256 do not'
        : `recipient   ${recipientFile}   (for flipside pack --recipient)`,
      `key id      ${hexOf(key.keyId)}`,
    ].join('\n'),
  };
};
