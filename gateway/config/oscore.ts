/**
 * Security contexts of OSCORE (RFC 8613) of the devices: a record of the sealed secrets for each (docs/SPEC.md section
 * 15.3), and one file of numbers that only rise, of which all of them take their sender sequence numbers.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../../hal/identity/ledger.ts';
import { contentTrouble } from '../../hal/node/identity/content.ts';
import { IdentityError, openLedgerFile } from '../../hal/node/identity/index.ts';
import type { StoredKey } from '../../hal/node/identity/index.ts';
import { Exit, PublishError } from '../../publisher/errors.ts';
import { makeFolder } from '../../publisher/files.ts';
import type { GatewayConfig } from './config.ts';
import type { OscoreSecret, Secrets } from './secrets.ts';

const MASTER_SECRET = 16;
const MASTER_SALT = 8;
/** By this name the device finds its key in its store; a context has no name of its own. */
export const OSCORE_KEY_ID: Uint8Array = new TextEncoder().encode('gateway');

const LOST =
  'Bring it back as it was last. Where it is lost, revoke and enrol each device that has a key of OSCORE: with numbers that begin anew a key would protect two messages with one nonce';

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Big-endian, in as few bytes as it takes, one at least. */
const idOf = (number: number): string => {
  const hex = number.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
};

/**
 * A new context. The device sends as the smallest id that is free, so that its messages stay short; the gateway as the empty
 * one. An id may come again with a key of its own: what must never meet again is key and number.
 */
export const oscoreSecretNew = (secrets: Secrets): OscoreSecret => {
  const taken = new Set(Object.values(secrets.devices).map(({ oscore }) => oscore?.recipientId));
  let number = 0;
  while (taken.has(idOf(number))) number++;
  return {
    masterSecret: hexOf(randomBytes(MASTER_SECRET)),
    masterSalt: hexOf(randomBytes(MASTER_SALT)),
    senderId: '',
    recipientId: idOf(number),
    context: '',
  };
};

/** As a key store has it, seen from the gateway. Throws PublishError where it is none. */
export const oscoreKeyOf = (secret: OscoreSecret, device: string, file: string): StoredKey => {
  const { masterSecret, masterSalt, senderId, recipientId, context } = secret;
  const key: StoredKey = {
    kind: 'OSCORE',
    keyId: OSCORE_KEY_ID,
    secret: bytesOf(masterSecret),
    oscore: {
      senderId: bytesOf(senderId),
      recipientId: bytesOf(recipientId),
      masterSalt: bytesOf(masterSalt),
      context: bytesOf(context),
    },
  };
  const trouble = contentTrouble({ device: OSCORE_KEY_ID, keys: [key] });
  if (trouble === undefined) return key;
  const remedy = 'Enrol the device anew: flipside gateway enrol --replace --oscore FILE';
  throw new PublishError(trouble, { file, field: `OSCORE of ${device}`, remedy, exit: Exit.InputOutput });
};

const hasContexts = ({ devices }: Secrets): boolean =>
  Object.values(devices).some(({ oscore }) => oscore !== undefined);

const numbersOf = ({ folder }: GatewayConfig): string => join(folder, 'oscore.numbers');

const lost = (file: string): PublishError =>
  new PublishError('is missing', {
    file,
    field: 'numbers of OSCORE',
    remedy: LOST,
    exit: Exit.InputOutput,
  });

const ledgerOf = (file: string): Ledger => {
  try {
    return openLedgerFile(file);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const what = 'is altered';
    throw new PublishError(what, { file, field: 'numbers of OSCORE', remedy: LOST, exit: Exit.InputOutput });
  }
};

/** Made with the first context, and never later: its numbers would begin anew. */
export const oscoreNumbersCreate = (config: GatewayConfig, secrets: Secrets): void => {
  const file = numbersOf(config);
  if (existsSync(file)) return;
  if (hasContexts(secrets)) throw lost(file);
  makeFolder(config.folder, 'folder');
  if (ledgerOf(file).next() > 0) return;
  const remedy = 'Check that the disk has room and can be written to';
  throw new PublishError('cannot be written', { file, field: 'folder', remedy, exit: Exit.InputOutput });
};

/** Throws PublishError where they are lost. */
export const oscoreNumbersOpen = (config: GatewayConfig): Ledger => {
  const file = numbersOf(config);
  if (!existsSync(file)) throw lost(file);
  return ledgerOf(file);
};
