/** The device's half of a security context of OSCORE, on its way from who makes it to the device: `*.oscore.json`. */
import type { StoredKey } from '../hal/node/identity/index.ts';
import { hexOf } from './bytes.ts';
import { PublishError } from './errors.ts';
import { readText } from './files.ts';

/** docs/SPEC.md section 13.5. */
export interface OscoreFile {
  /** As the gateway knows it, and its reports name it. */
  readonly device: string;
  /** Of the kind OSCORE, as the device sees it. */
  readonly key: StoredKey;
}

const Type = 'OSCORE key';
const Remedy = 'Give the file that flipside gateway enrol --oscore wrote';
const SecretLeast = 16;
const LongMost = 64;
const IdMost = 7;
const KeyIdMost = 32;

export const oscoreFileText = ({ device, key }: OscoreFile): string => {
  const { senderId, recipientId, masterSalt, context } = key.oscore!;
  return `${JSON.stringify(
    {
      version: 1,
      type: Type,
      device,
      keyId: hexOf(key.keyId),
      masterSecret: hexOf(key.secret),
      masterSalt: hexOf(masterSalt),
      senderId: hexOf(senderId),
      recipientId: hexOf(recipientId),
      idContext: hexOf(context),
    },
    null,
    2,
  )}\n`;
};

const fieldsOf = (file: string): Record<string, unknown> => {
  try {
    return Object(JSON.parse(readText(file, '--oscore'))) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof PublishError) throw error;
    throw new PublishError('not JSON', { file, field: '--oscore', remedy: Remedy });
  }
};

export const oscoreFileLoad = (file: string): OscoreFile => {
  const fields = fieldsOf(file);
  const trouble = (field: string, what: string): PublishError =>
    new PublishError(what, { file, field, remedy: Remedy });
  const bytes = (field: string, least: number, most: number): Uint8Array => {
    const value = fields[field];
    const found =
      typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value)
        ? Uint8Array.from(Buffer.from(value, 'hex'))
        : undefined;
    if (found !== undefined && found.length >= least && found.length <= most) return found;
    throw trouble(field, 'not the right bytes');
  };
  if (fields['version'] !== 1 || fields['type'] !== Type) throw trouble('type', 'no OSCORE key of version 1');
  const { device } = fields;
  if (typeof device !== 'string' || device === '') throw trouble('device', 'is missing');
  const oscore = {
    senderId: bytes('senderId', 0, IdMost),
    recipientId: bytes('recipientId', 0, IdMost),
    masterSalt: bytes('masterSalt', 0, LongMost),
    context: bytes('idContext', 0, LongMost),
  };
  if (hexOf(oscore.senderId) === hexOf(oscore.recipientId)) throw trouble('senderId', 'is that of both ends');
  const keyId = bytes('keyId', 1, KeyIdMost);
  return {
    device,
    key: { kind: 'OSCORE', keyId, secret: bytes('masterSecret', SecretLeast, LongMost), oscore },
  };
};
