/** Device keys and their public halves as files. */
import { PublishError } from '../errors.ts';
import { hexOf } from '../bytes.ts';
import { readText, writeNew } from '../files.ts';
import { recipientKinds } from './algorithms.ts';
import type { RecipientKind } from './algorithms.ts';
import { deviceKeyOf, isPublicKey, keyIdFits, keyLength, secretLength } from './recipient-key.ts';
import type { DeviceKey, RecipientKey } from './recipient-key.ts';

export const DeviceKeyEnding = '.device-key.json';
export const RecipientEnding = '.recipient.json';

const KeyType = 'device key';
const RecipientType = 'recipient';
const SecretFileMode = 0o600;
const PublicFileMode = 0o644;

interface KeyFile {
  readonly version: 1;
  readonly type: typeof KeyType | typeof RecipientType;
  readonly kind: RecipientKind;
  readonly keyId: string;
  /** In a device key: the private half, or all of a symmetric one. */
  readonly secret?: string;
  /** In a recipient: the public half. */
  readonly key?: string;
}

const textOf = (file: KeyFile): string => `${JSON.stringify(file, null, 2)}\n`;

/** Only its owner may read it; an old one is never replaced. */
export const deviceKeySave = (file: string, { kind, keyId, secret }: DeviceKey): void => {
  const text = textOf({ version: 1, type: KeyType, kind, keyId: hexOf(keyId), secret: hexOf(secret) });
  writeNew(file, text, SecretFileMode, 'key');
};

export const recipientSave = (file: string, { kind, keyId, key }: RecipientKey): void => {
  const text = textOf({ version: 1, type: RecipientType, kind, keyId: hexOf(keyId), key: hexOf(key) });
  writeNew(file, text, PublicFileMode, 'key');
};

const REMEDY = 'Give a file that flipside keygen --kind device-key made';

const bytesField = (value: unknown, field: string, file: string): Uint8Array => {
  if (typeof value === 'string' && /^([0-9a-f]{2})+$/i.test(value))
    return Uint8Array.from(Buffer.from(value, 'hex'));
  throw new PublishError('not bytes in hex', { file, field, remedy: REMEDY });
};

const ofLength = (bytes: Uint8Array, length: number, field: string, file: string): Uint8Array => {
  if (bytes.length === length) return bytes;
  throw new PublishError(`${bytes.length} bytes instead of ${length}`, { file, field, remedy: REMEDY });
};

/** Whether `text` may be one of these files, rather than an anchor. */
export const isKeyFile = (text: string): boolean => /"type":\s*"(device key|recipient)"/.test(text);

const parse = (text: string, file: string): Partial<Record<keyof KeyFile, unknown>> => {
  try {
    return Object(JSON.parse(text)) as Partial<Record<keyof KeyFile, unknown>>;
  } catch {
    throw new PublishError('not JSON', { file, field: 'key', remedy: REMEDY });
  }
};

const deviceKeyRead = (kind: RecipientKind, keyId: Uint8Array, given: unknown, file: string): DeviceKey => {
  const secret = ofLength(bytesField(given, 'secret', file), secretLength[kind], 'secret', file);
  try {
    return deviceKeyOf(kind, secret, keyId);
  } catch {
    throw new PublishError(`not a secret of ${kind}`, { file, field: 'secret', remedy: REMEDY });
  }
};

export const keyFileParse = (text: string, file: string): DeviceKey | RecipientKey => {
  const fields = parse(text, file);
  if (fields.version !== 1)
    throw new PublishError(`${String(fields.version)} is not known`, {
      file,
      field: 'version',
      remedy: REMEDY,
    });
  const kind = recipientKinds.find((one) => one === fields.kind);
  if (!kind)
    throw new PublishError(`${String(fields.kind)} is not known`, { file, field: 'kind', remedy: REMEDY });
  const keyId = bytesField(fields.keyId, 'keyId', file);
  if (!keyIdFits(keyId))
    throw new PublishError(`${keyId.length} bytes`, { file, field: 'keyId', remedy: 'Give 1 to 32 bytes' });
  if (fields.type === KeyType) return deviceKeyRead(kind, keyId, fields.secret, file);
  if (fields.type !== RecipientType)
    throw new PublishError(`${String(fields.type)} is not known`, { file, field: 'type', remedy: REMEDY });
  const key = ofLength(bytesField(fields.key, 'key', file), keyLength[kind], 'key', file);
  if (isPublicKey(kind, key)) return { kind, keyId, key };
  throw new PublishError(`not a public key of ${kind}`, { file, field: 'key', remedy: REMEDY });
};

export const isDeviceKey = (key: DeviceKey | RecipientKey): key is DeviceKey => 'secret' in key;

/** What to pack for, from either file: whoever has a device's key has its public half. */
export const recipientLoad = (file: string): RecipientKey => {
  const { kind, keyId, key } = keyFileParse(readText(file, '--recipient'), file);
  return { kind, keyId, key };
};

export const deviceKeyLoad = (file: string): DeviceKey => {
  const key = keyFileParse(readText(file, '--device-key'), file);
  if (isDeviceKey(key)) return key;
  const remedy = 'Give the file of the device itself, which flipside keygen wrote beside it';
  throw new PublishError('a public key decrypts nothing', { file, field: 'type', remedy });
};
