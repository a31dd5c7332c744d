/** Parameter 19: how the content key is wrapped for whom. A COSE_Encrypt (RFC 9052 section 5), its ciphertext detached. */
import { concat, sameBytes } from '../bytes.ts';
import { cborDecode, cborEncode, Tagged } from '../cbor.ts';
import { PublishError } from '../errors.ts';
import { contentAlgorithms, contentNamed, KeyWrap, RecipientsMost, WrapOverhead } from './algorithms.ts';
import type { ContentAlgorithm } from './algorithms.ts';
import { keyIdFits } from './recipient-key.ts';
import { ephemeralHeader } from './recipient.ts';
import type { Recipient } from './recipient.ts';
import { malformed } from './trouble.ts';

export interface EncryptionInfo {
  readonly algorithm: ContentAlgorithm;
  readonly recipients: readonly Recipient[];
}

const EncryptTag = 96;
const Header = { Algorithm: 1, KeyId: 4, EphemeralKey: -1 } as const;
const CoseKey = { Type: 1, Curve: -1, X: -2, Y: -3 } as const;
const TypeOkp = 1;
const TypeEc2 = 2;
const CurveX25519 = 4;
const CurveP256 = 1;
const nothing = new Uint8Array(0);

const senderKey = ({ kind, sender }: Recipient): Map<number, unknown> =>
  kind === 'x25519'
    ? new Map<number, unknown>([
        [CoseKey.Type, TypeOkp],
        [CoseKey.Curve, CurveX25519],
        [CoseKey.X, sender],
      ])
    : new Map<number, unknown>([
        [CoseKey.Type, TypeEc2],
        [CoseKey.Curve, CurveP256],
        [CoseKey.X, sender.slice(1, 33)],
        [CoseKey.Y, sender.slice(33)],
      ]);

const recipientWrite = (one: Recipient): unknown[] => {
  const header = new Map<number, unknown>([[Header.KeyId, one.keyId]]);
  if (one.kind === 'a128kw') {
    header.set(Header.Algorithm, KeyWrap);
    return [nothing, header, one.wrapped];
  }
  header.set(Header.EphemeralKey, senderKey(one));
  return [ephemeralHeader, header, one.wrapped];
};

export const encryptionWrite = ({ algorithm, recipients }: EncryptionInfo): Uint8Array => {
  const header = cborEncode(new Map([[Header.Algorithm, contentAlgorithms[algorithm].cose]]));
  return cborEncode(new Tagged(EncryptTag, [header, new Map(), null, recipients.map(recipientWrite)]));
};

const bytesOf = (value: unknown, length?: number): Uint8Array | undefined =>
  value instanceof Uint8Array && (length === undefined || value.length === length) ? value : undefined;

/** The ephemeral public key and its kind; undefined for one that the profile does not have. */
const senderRead = (value: unknown): Pick<Recipient, 'kind' | 'sender'> | undefined => {
  if (!(value instanceof Map)) return undefined;
  const x = bytesOf(value.get(CoseKey.X), 32);
  const y = bytesOf(value.get(CoseKey.Y), 32);
  const is = (type: number, curve: number, size: number): boolean =>
    value.get(CoseKey.Type) === type && value.get(CoseKey.Curve) === curve && value.size === size;
  if (x && is(TypeOkp, CurveX25519, 3)) return { kind: 'x25519', sender: x };
  if (x && y && is(TypeEc2, CurveP256, 4)) return { kind: 'p256', sender: concat([Uint8Array.of(4), x, y]) };
  return undefined;
};

const recipientRead = (value: unknown, wrappedLength: number): Recipient | undefined => {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [protectedHeader, header] = value as unknown[];
  const wrapped = bytesOf(value[2], wrappedLength);
  const own = bytesOf(protectedHeader);
  if (!wrapped || !own || !(header instanceof Map) || header.size !== 2) return undefined;
  const keyId = bytesOf(header.get(Header.KeyId));
  if (!keyId || !keyIdFits(keyId)) return undefined;
  if (own.length === 0)
    return header.get(Header.Algorithm) === KeyWrap
      ? { kind: 'a128kw', keyId, sender: nothing, wrapped }
      : undefined;
  const sender = senderRead(header.get(Header.EphemeralKey));
  return sender && sameBytes(own, ephemeralHeader) ? { ...sender, keyId, wrapped } : undefined;
};

/** As cborDecode, with the code that a device has for it. */
const decode = (bytes: Uint8Array, file: string | undefined): unknown => {
  try {
    return cborDecode(bytes, 'encryption', file);
  } catch (error) {
    if (error instanceof PublishError) throw malformed(error.what, file);
    throw error;
  }
};

/** Nothing but the profile of docs/SPEC.md section 10 is read. `file` is for messages only. */
export const encryptionRead = (bytes: Uint8Array, file?: string): EncryptionInfo => {
  const outer = decode(bytes, file);
  const parts = outer instanceof Tagged && outer.tag === EncryptTag ? (outer.value as unknown) : undefined;
  if (!Array.isArray(parts) || parts.length !== 4) throw malformed('not a COSE_Encrypt', file);
  const [header, open, ciphertext, list] = parts as unknown[];
  const protectedHeader = bytesOf(header);
  const fields = protectedHeader && decode(protectedHeader, file);
  const algorithm =
    fields instanceof Map && fields.size === 1 ? contentNamed(fields.get(Header.Algorithm)) : undefined;
  if (!algorithm) throw malformed('an algorithm of the content that is not known', file);
  if (!(open instanceof Map) || open.size > 0 || ciphertext !== null)
    throw malformed('an open header, or a ciphertext that is not detached', file);
  if (!Array.isArray(list) || list.length < 1 || list.length > RecipientsMost)
    throw malformed(`not 1 to ${RecipientsMost} recipients`, file);
  const recipients = list.map((one, at) => {
    const recipient = recipientRead(one, contentAlgorithms[algorithm].keyLength + WrapOverhead);
    if (!recipient) throw malformed(`recipient ${at + 1} is of a kind that is not known`, file);
    return recipient;
  });
  // What decodes to the same, and is not the one form, is refused by devices.
  const info = { algorithm, recipients };
  if (!sameBytes(encryptionWrite(info), bytes)) throw malformed('not deterministic CBOR', file);
  return info;
};
