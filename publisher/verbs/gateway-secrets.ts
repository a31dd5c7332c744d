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

/** A key file that is not there is made. */
export const secretsSeal = (file: string, secrets: Secrets, protection: Protection): void => {
  if ('keyFile' in protection && !existsSync(protection.keyFile)) {
    makeFolder(dirname(protection.keyFile), '--key-file');
    guarded(protection, () => keyFileCreate(protection.keyFile));
  }
  guarded(protection, () => secretsSave(file, secrets, protection));
};

/** `change` gives what is to be sealed. Of secrets that are there the key file has been read by then: none is made for them. */
export const secretsChange = (
  file: string,
  protection: Protection,
  change: (secrets: Secrets) => Secrets,
): void => secretsSeal(file, change(secretsOpen(file, protection)), protection);
