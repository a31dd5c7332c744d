/** What opens a key store: a passphrase in a file, or a key file. */
import type { Command } from 'commander';
import { Exit, PublishError } from '../errors.ts';
import { readText } from '../files.ts';
import { IdentityError } from '../../hal/node/identity/index.ts';
import type { Protection } from '../../hal/node/identity/index.ts';
import { optionalText } from './values.ts';
import type { Options } from './values.ts';

type Which = '' | 'new-';
const OPENS: Readonly<Record<Which, string>> = { '': 'opens the store', 'new-': 'opens it from then on' };

export const protectionDefine = (command: Command, which: Which = ''): void => {
  command
    .option(`--${which}key-file <file>`, `${OPENS[which]}: 32 random bytes that only their owner may read`)
    .option(`--${which}passphrase-file <file>`, `${OPENS[which]}: a file whose first line is the passphrase`);
};

export const protectionOf = (options: Options, which: Which = ''): Protection => {
  const keyFile = optionalText(options, `${which}key-file`);
  const passphraseFile = optionalText(options, `${which}passphrase-file`);
  if ((keyFile === undefined) === (passphraseFile === undefined)) {
    const remedy = `Give --${which}key-file, or --${which}passphrase-file, and not both`;
    throw new PublishError('a store is opened by one of the two', {
      field: `--${which}key-file`,
      remedy,
      exit: Exit.Usage,
    });
  }
  if (keyFile !== undefined) return { keyFile };
  const [passphrase = ''] = readText(passphraseFile!, `--${which}passphrase-file`).split(/\r?\n/);
  if (passphrase !== '') return { passphrase };
  const remedy = 'Write the passphrase into its first line';
  throw new PublishError('is empty', { file: passphraseFile, field: `--${which}passphrase-file`, remedy });
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
