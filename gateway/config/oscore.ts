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
import type { GatewayConfig } from './config.ts';
import type { OscoreSecret, Secrets } from './secrets.ts';

const MASTER_SECRET = 16;
const MASTER_SALT = 8;
/** By this name the device finds its key in its store; a context has no name of its own. */
export const OSCORE_KEY_ID: Uint8Array = new TextEncoder().encode('gateway');

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

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

const numbersOf = ({ folder }: GatewayConfig): string => join(folder, 'oscore.numbers');

/** Numbers of the clock are hundredths of a second since then: more than any fleet takes. */
const SINCE = Date.UTC(2026, 0);
const STEP = 10;
/** Sender sequence numbers for each: the clock's do not end before the year 2113. */
export const NUMBERS_EACH = 4;
const NUMBERS_MAX = 2 ** 40 / NUMBERS_EACH;

/**
 * The numbers of a gateway that starts at `now`: none is below one that was given before, by the file, nor, where that is lost or
 * was brought back from a backup, by the clock. A file that is not there is made. Throws PublishError where neither knows.
 */
export const oscoreNumbersOpen = (config: GatewayConfig, now: number): Ledger => {
  const file = numbersOf(config);
  const least = Math.floor((now - SINCE) / STEP);
  const tells = least >= 1 && least < NUMBERS_MAX;
  const trouble = (what: string, remedy: string): PublishError =>
    new PublishError(what, { file, field: 'numbers of OSCORE', remedy, exit: Exit.InputOutput });
  if (!tells && !existsSync(file)) {
    const remedy =
      'Set the clock: without one, and without the file, a number might protect a second message';
    throw trouble(`are not there, and the clock says ${new Date(now).toISOString()}`, remedy);
  }
  try {
    return openLedgerFile(file, tells ? least : 1);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw trouble(
      'are altered',
      'Look that the clock is right, and delete the file: it is made anew by the clock',
    );
  }
};
