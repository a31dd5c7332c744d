/** The gateway's sealed secrets, as its verbs open them. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { secretsLoad, secretsSave } from '../../gateway/config/secrets.ts';
import type { Secrets } from '../../gateway/config/secrets.ts';
import { keyFileCreate } from '../../hal/node/identity/index.ts';
import type { Protection } from '../../hal/node/identity/index.ts';
import { fileTrouble, makeFolder } from '../files.ts';
import { identityTrouble } from './protection.ts';

const guarded = <T>(protection: Protection, run: () => T): T => {
  try {
    return identityTrouble(run);
  } catch (error) {
    if (!('keyFile' in protection) || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw fileTrouble(
      error,
      protection.keyFile,
      '--key-file',
      'Give the key file that the secrets were sealed with',
    );
  }
};

export const secretsOpen = (file: string, protection: Protection): Secrets =>
  guarded(protection, () => secretsLoad(file, protection));

/** `change` gives what is to be sealed. A key file is made with the first secrets, and never later: it could not open them. */
export const secretsChange = (
  file: string,
  protection: Protection,
  change: (secrets: Secrets) => Secrets,
): void => {
  const secrets = change(secretsOpen(file, protection));
  if ('keyFile' in protection && !existsSync(protection.keyFile) && !existsSync(file)) {
    makeFolder(dirname(protection.keyFile), '--key-file');
    keyFileCreate(protection.keyFile);
  }
  guarded(protection, () => secretsSave(file, secrets, protection));
};
