/**
 * The gateway's secrets, in one sealed file (docs/SPEC.md section 13.4): what opens the provider's server, and what its
 * devices are known by. None of them stands anywhere else on the disk.
 */
import { existsSync } from 'node:fs';
import { createHash, timingSafeEqual } from 'node:crypto';
import { seal, unseal } from '../../hal/node/identity/seal.ts';
import type { Protection } from '../../hal/node/identity/seal.ts';
import { writeWholeSecret } from '../../hal/node/identity/whole-file.ts';
import { Exit, PublishError } from '../../publisher/errors.ts';
import { fileTrouble, readBytes } from '../../publisher/files.ts';

/** A security context of OSCORE (RFC 8613 section 3), as this gateway sees it. Bytes in hex. */
export interface OscoreSecret {
  readonly masterSecret: string;
  readonly masterSalt: string;
  readonly senderId: string;
  /** What the device sends as: no other has it. */
  readonly recipientId: string;
  /** ID context; '': there is none. */
  readonly context: string;
}

/** Bytes in hex throughout. */
export interface DeviceSecrets {
  /** SHA-256 of the token that it shows over HTTP: the token itself is the device's alone. */
  tokenHash?: string;
  /** Text of a report key of HMAC. */
  reportKey?: string;
  oscore?: OscoreSecret;
}

export interface Secrets {
  version: 1;
  /** Of hawkBit. It stands for every device of the tenant. */
  upstreamToken?: string;
  devices: Record<string, DeviceSecrets>;
}

const SECRETS_MAX = 256 << 20;

export const secretsLoad = (file: string, protection: Protection): Secrets => {
  if (!existsSync(file)) return { version: 1, devices: {} };
  const sealed = readBytes(file, 'secrets');
  const plainBytes = sealed.length <= SECRETS_MAX ? unseal(sealed, protection) : undefined;
  const text = plainBytes && Buffer.from(plainBytes).toString('utf8');
  plainBytes?.fill(0);
  try {
    const found = JSON.parse(text ?? '') as Secrets;
    if (found.version === 1 && typeof found.devices === 'object') return found;
  } catch {
    // Said below.
  }
  throw new PublishError('does not open', {
    file,
    field: 'secrets',
    remedy: 'The passphrase or key file is another one, or the file was altered; restore it from the backup',
    exit: Exit.InputOutput,
  });
};

export const secretsSave = (file: string, secrets: Secrets, protection: Protection): void => {
  const bytes = new TextEncoder().encode(JSON.stringify(secrets));
  try {
    writeWholeSecret(file, seal(bytes, protection));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw fileTrouble(error, file, 'secrets', 'Give a place that can be written to');
  } finally {
    bytes.fill(0);
  }
};

export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Takes as long whatever is wrong with it. */
export const tokenHolds = (token: string, hash: string | undefined): boolean => {
  const shown = Buffer.from(tokenHash(token), 'hex');
  const known = Buffer.from(hash ?? '', 'hex');
  return (
    timingSafeEqual(shown, known.length === shown.length ? known : Buffer.alloc(shown.length)) &&
    known.length === shown.length
  );
};
