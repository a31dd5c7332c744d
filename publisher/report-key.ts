/** What a device's reports are verified with: `*.report-key.json`, or a public key. */
import { anchorLoad, publicKeyOfAnchor } from './anchors.ts';
import { hexOf } from './bytes.ts';
import { PublishError } from './errors.ts';
import { readText } from './files.ts';
import type { PublicKey } from './keys.ts';

/** By the number of COSE that stands in a report. */
export const reportAlgorithms = {
  ed25519: -19,
  esp256: -9,
  'hmac-256': 5,
  'hmac-256-64': 4,
} as const;

export type ReportAlgorithm = keyof typeof reportAlgorithms;

export interface ReportKey {
  readonly algorithm: ReportAlgorithm;
  /** Left out: the report may name any. */
  readonly keyId?: Uint8Array | undefined;
  /** Public half: 32 bytes of Ed25519, 65 of P-256. Of HMAC the secret itself. */
  readonly key: Uint8Array;
}

const KeyType = 'report key';
export const ReportKeyEnding = '.report-key.json';
const Remedy = 'Give a public key, or the report key that flipside identity wrote';

export const reportKeyText = ({ algorithm, keyId, key }: ReportKey): string =>
  `${JSON.stringify(
    { version: 1, type: KeyType, algorithm, keyId: hexOf(keyId ?? new Uint8Array(0)), key: hexOf(key) },
    null,
    2,
  )}\n`;

export const isReportKey = (text: string): boolean => /"type":\s*"report key"/.test(text);

const lengths: Readonly<Record<ReportAlgorithm, readonly [number, number]>> = {
  ed25519: [32, 32],
  esp256: [65, 65],
  'hmac-256': [16, 64],
  'hmac-256-64': [16, 64],
};

const hexField = (value: unknown, field: string, file: string, least: number, most: number): Uint8Array => {
  if (typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value)) {
    const bytes = Uint8Array.from(Buffer.from(value, 'hex'));
    if (bytes.length >= least && bytes.length <= most) return bytes;
  }
  throw new PublishError('not the right bytes', { file, field, remedy: Remedy });
};

export const reportKeyParse = (text: string, file: string): ReportKey => {
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw new PublishError('not JSON', { file, field: 'key', remedy: Remedy });
  }
  const { version, type, algorithm } = fields;
  if (version !== 1 || type !== KeyType)
    throw new PublishError('not a report key of version 1', { file, field: 'type', remedy: Remedy });
  if (typeof algorithm !== 'string' || !Object.hasOwn(reportAlgorithms, algorithm))
    throw new PublishError(`${String(algorithm)} is not known`, { file, field: 'algorithm', remedy: Remedy });
  const known = algorithm as ReportAlgorithm;
  return {
    algorithm: known,
    keyId: hexField(fields['keyId'], 'keyId', file, 1, 32),
    key: hexField(fields['key'], 'key', file, ...lengths[known]),
  };
};

const ofPublicKey = ({ algorithm, key }: PublicKey, file: string): ReportKey => {
  if (algorithm !== 'hss-lms') return { algorithm, key };
  throw new PublishError('reports are not signed with hash-based keys', {
    file,
    field: 'key',
    remedy: Remedy,
  });
};

export const reportKeyLoad = (file: string): ReportKey => {
  const text = readText(file, '--key');
  return isReportKey(text)
    ? reportKeyParse(text, file)
    : ofPublicKey(publicKeyOfAnchor(anchorLoad(file)), file);
};
