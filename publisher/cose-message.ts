/** COSE_Sign1 and COSE_Mac0 that carry their payload (RFC 9052 sections 4.2 and 6.2), docs/SPEC.md section 13. */
import { cborDecode, cborEncode, Tagged } from './cbor.ts';
import { protectedHeader } from './envelope.ts';
import { PublishError } from './errors.ts';
import type { SigningKey } from './keys.ts';

export const Sign1Tag = 18;
export const Mac0Tag = 17;
const Header = { Algorithm: 1, KeyId: 4 } as const;

export interface CoseMessage {
  readonly tag: typeof Sign1Tag | typeof Mac0Tag;
  /** The serialised protected header. */
  readonly protected: Uint8Array;
  readonly algorithm: number;
  readonly keyId: Uint8Array | undefined;
  readonly payload: Uint8Array;
  /** Signature, or authentication code. */
  readonly proof: Uint8Array;
}

/** What stands at the start of one: the tags are a byte each. */
export const isCoseMessage = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0xc0 + Sign1Tag || bytes[0] === 0xc0 + Mac0Tag) && bytes[1] === 0x84;

/** The bytes that are signed or authenticated; no external data. */
export const proofInput = (message: Pick<CoseMessage, 'tag' | 'protected' | 'payload'>): Uint8Array => {
  const context = message.tag === Sign1Tag ? 'Signature1' : 'MAC0';
  return cborEncode([context, message.protected, new Uint8Array(0), message.payload]);
};

export const sign1Write = (payload: Uint8Array, key: SigningKey): Uint8Array => {
  const header = protectedHeader(key, true);
  const signature = key.sign(proofInput({ tag: Sign1Tag, protected: header, payload }));
  return cborEncode(new Tagged(Sign1Tag, [header, new Map(), payload, signature]));
};

const headerRead = (
  bytes: Uint8Array,
  fail: () => PublishError,
): Pick<CoseMessage, 'algorithm' | 'keyId'> => {
  const header = cborDecode(bytes, 'protected header');
  if (!(header instanceof Map)) throw fail();
  const [algorithm, keyId] = [header.get(Header.Algorithm), header.get(Header.KeyId)];
  const known = [...header.keys()].every((key) => key === Header.Algorithm || key === Header.KeyId);
  if (!known || !Number.isSafeInteger(algorithm) || !(keyId === undefined || keyId instanceof Uint8Array))
    throw fail();
  return { algorithm: algorithm as number, keyId: keyId as Uint8Array | undefined };
};

/** Reads one, and proves nothing. `what` names it in messages. */
export const coseMessageRead = (bytes: Uint8Array, what: string, file?: string): CoseMessage => {
  const fail = (): PublishError =>
    new PublishError('not a COSE_Sign1 or COSE_Mac0 of the form that is taken', {
      file,
      field: what,
      remedy: 'Protected header: algorithm and key id only; unprotected header empty; the payload inside',
    });
  const outer = cborDecode(bytes, what, file);
  if (!(outer instanceof Tagged) || (outer.tag !== Sign1Tag && outer.tag !== Mac0Tag)) throw fail();
  const items = outer.value as unknown[];
  if (!Array.isArray(items) || items.length !== 4) throw fail();
  const [header, open, payload, proof] = items;
  const strings = [header, payload, proof].every((one) => one instanceof Uint8Array);
  if (!strings || !(open instanceof Map) || open.size !== 0) throw fail();
  return {
    tag: outer.tag,
    protected: header as Uint8Array,
    ...headerRead(header as Uint8Array, fail),
    payload: payload as Uint8Array,
    proof: proof as Uint8Array,
  };
};
