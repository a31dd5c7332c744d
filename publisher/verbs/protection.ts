/** What opens a key store: a passphrase in a file, or a key file. */
import type { Command } from 'commander';
import { Exit, PublishError } from '../errors.ts';
import { readText } from '../files.ts';
import { IdentityError } from '../../hal/node/identity/index.ts';
import type { Protection } from '../../hal/node/identity/index.ts';
import { optionalText } from './values.ts';
import type { Options } from './values.ts';

export const protectionDefine = (command: Command): void => {
  command
    .option('--key-file <file>', 'opens the store: 32 random bytes that only their owner may read')
    .option('--passphrase-file <file>', 'opens the store: a file whose first line is the passphrase');
};

export const protectionOf = (options: Options): Protection => {
  const keyFile = optionalText(options, 'key-file');
  const passphraseFile = optionalText(options, 'passphrase-file');
  if ((keyFile === undefined) === (passphraseFile === undefined)) {
    const remedy = 'Give --key-file, or --passphrase-file, and not both';
    throw new PublishError('a store is opened by one of the two', {
      field: '--key-file',
      remedy,
      exit: Exit.Usage,
    });
  }
  if (keyFile !== undefined) return { keyFile };
  const [passphrase = ''] = readText(passphraseFile!, '--passphrase-file').split(/\r?\n/);
  if (passphrase !== '') return { passphrase };
  const remedy = 'Write the passphrase into its first line';
  throw new PublishError('is empty', { file: passphraseFile, field: '--passphrase-file', remedy });
};

/** What the store says is wrong, as this command says it. */
export const identityTrouble = <T>(run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const what = error.message.slice(error.file.length + 2, error.message.indexOf(`. ${error.remedy}`));
    throw new PublishError(what, { file: error.file, field: 'identity', remedy: error.remedy });
  }
};
