import { hexOf } from './bytes.ts';
import { PublishError } from './errors.ts';
import { readText } from './files.ts';
import { algorithmIs, coseAlgorithm, keyIdOf, keyLoad, publicKeyParse } from './keys.ts';
import type { Algorithm, PublicKey } from './keys.ts';
import { isLmsKey } from './lms/key-file.ts';
import { Digests, hssKeyLength } from './lms/parameters.ts';

/** A trusted public key, as a file and as a source constant. */
export interface AnchorFile {
  readonly version: 1;
  readonly keyId: string;
  readonly algorithm: Algorithm;
  readonly key: string;
  /** When given, the anchor speaks for this vendor and class only. */
  readonly vendor?: string;
  readonly classId?: string;
}

/** The same as the agent takes it at open. */
export interface AnchorRecord {
  readonly keyId: Uint8Array;
  readonly algorithm: number;
  readonly key: Uint8Array;
  readonly vendor?: Uint8Array;
  readonly classId?: Uint8Array;
}

export const anchorOf = (known: PublicKey, vendor?: Uint8Array, classId?: Uint8Array): AnchorFile => ({
  version: 1,
  keyId: hexOf(known.keyId),
  algorithm: known.algorithm,
  key: hexOf(known.key),
  ...(vendor ? { vendor: hexOf(vendor) } : {}),
  ...(classId ? { classId: hexOf(classId) } : {}),
});

export const anchorText = (anchor: AnchorFile): string => `${JSON.stringify(anchor, null, 2)}\n`;

const fieldBytes = (
  fields: Record<string, unknown>,
  field: string,
  lengths: number[],
  file: string,
): Uint8Array => {
  const value = fields[field];
  if (typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value) && lengths.includes(value.length / 2)) {
    return Uint8Array.from(Buffer.from(value, 'hex'));
  }
  const remedy = `Give ${lengths.join(' or ')} bytes in hex, or make the file anew with flipside keygen`;
  throw new PublishError('not the right bytes', { file, field, remedy });
};

const keyLengths: Readonly<Record<Algorithm, number[]>> = {
  ed25519: [32],
  esp256: [65],
  'hss-lms': Digests.map(hssKeyLength),
};

export const anchorParse = (text: string, file: string): AnchorFile => {
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw new PublishError('not JSON', {
      file,
      field: 'anchor',
      remedy: 'Give an anchor file of flipside keygen',
    });
  }
  if (fields['version'] !== 1) {
    const remedy = 'This flipside reads version 1; make the file anew with flipside keygen';
    throw new PublishError(`${String(fields['version'])} is not known`, { file, field: 'version', remedy });
  }
  const algorithm = fields['algorithm'];
  if (!algorithmIs(algorithm)) {
    const remedy = `Use one of: ${Object.keys(coseAlgorithm).join(', ')}`;
    throw new PublishError(`${String(algorithm)} is not known`, { file, field: 'algorithm', remedy });
  }
  const key = fieldBytes(fields, 'key', keyLengths[algorithm], file);
  const keyId = fieldBytes(fields, 'keyId', [8], file);
  if (hexOf(keyIdOf(key)) !== hexOf(keyId)) {
    const remedy = 'The key id is the start of SHA-256 over the key; make the file anew with flipside keygen';
    throw new PublishError('does not belong to the key', { file, field: 'keyId', remedy });
  }
  const vendor = fields['vendor'] === undefined ? undefined : fieldBytes(fields, 'vendor', [16], file);
  const classId = fields['classId'] === undefined ? undefined : fieldBytes(fields, 'classId', [16], file);
  return anchorOf({ algorithm, key, keyId }, vendor, classId);
};

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

export const anchorRecord = (anchor: AnchorFile): AnchorRecord => ({
  keyId: bytesOf(anchor.keyId),
  algorithm: coseAlgorithm[anchor.algorithm],
  key: bytesOf(anchor.key),
  ...(anchor.vendor ? { vendor: bytesOf(anchor.vendor) } : {}),
  ...(anchor.classId ? { classId: bytesOf(anchor.classId) } : {}),
});

export const publicKeyOfAnchor = (anchor: AnchorFile): PublicKey => ({
  algorithm: anchor.algorithm,
  key: bytesOf(anchor.key),
  keyId: bytesOf(anchor.keyId),
});

/** An anchor from an anchor file, a public key or a private key: whichever `file` holds. */
export const anchorLoad = (file: string): AnchorFile => {
  const text = readText(file, 'anchor');
  if (isLmsKey(text) || text.includes('PRIVATE KEY')) return anchorOf(keyLoad(file));
  if (text.includes('PUBLIC KEY')) return anchorOf(publicKeyParse(text, file));
  return anchorParse(text, file);
};

const literal = (hex: string): string => {
  const numbers = [...bytesOf(hex)].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`);
  const lines: string[] = [];
  for (let at = 0; at < numbers.length; at += 16) lines.push(`    ${numbers.slice(at, at + 16).join(', ')},`);
  return `new Uint8Array([\n${lines.join('\n')}\n  ])`;
};

/** A constant to paste into the source of a board; plain JavaScript, so it serves TypeScript too. */
export const anchorSource = (anchor: AnchorFile, name = 'anchor'): string => {
  const rows = [
    `  keyId: ${literal(anchor.keyId)},`,
    `  algorithm: ${coseAlgorithm[anchor.algorithm]}, // ${anchor.algorithm}`,
    `  key: ${literal(anchor.key)},`,
  ];
  if (anchor.vendor) rows.push(`  vendor: ${literal(anchor.vendor)},`);
  if (anchor.classId) rows.push(`  classId: ${literal(anchor.classId)},`);
  return `export const ${name} = {\n${rows.join('\n')}\n};\n`;
};
