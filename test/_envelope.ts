/** Builds SUIT envelopes for tests, right ones and wrong ones, with the publisher's CBOR library. */
import { encode, Token, Type } from 'cborg';
import { sha256 } from './_crypto.ts';
import type { Signer } from './_crypto.ts';

export type Value = unknown;

/** A CBOR tag around a value. */
export class Tagged {
  readonly tag: number;
  readonly value: Value;
  constructor(tag: number, value: Value) {
    this.tag = tag;
    this.value = value;
  }
}

export function cbor(value: Value): Uint8Array {
  if (value instanceof Tagged) {
    const head = encode(value.tag);
    head[0]! |= 0xc0;
    return Uint8Array.from(Buffer.concat([head, cbor(value.value)]));
  }
  return Uint8Array.from(encode(value, { mapSorter: order }));
}

/** RFC 8949 section 4.2.1: bytewise, where cborg's own order is the older one, by length first. */
function order(a: (Token | Token[])[], b: (Token | Token[])[]): number {
  const rank = (token: Token): [number, number, string] => {
    if (token.type === Type.string) return [3, String(token.value).length, String(token.value)];
    const value = Number(token.value);
    return value < 0 ? [1, -value, ''] : [0, value, ''];
  };
  const left = rank(a[0] as Token);
  const right = rank(b[0] as Token);
  return left[0] - right[0] || left[1] - right[1] || (left[2] < right[2] ? -1 : 1);
}

export const VENDOR: Uint8Array = new Uint8Array(16).fill(0x11);
export const CLASS: Uint8Array = new Uint8Array(16).fill(0x22);
export const DEVICE: Uint8Array = new Uint8Array(16).fill(0x33);
export const IMAGE_DIGEST: Uint8Array = sha256(new Uint8Array([1, 2, 3]));
export const URI = 'https://example.org/image';

export function digest(bytes: Uint8Array): Value[] {
  return [-16, sha256(bytes)];
}

export function map(entries: Record<number, Value> | Map<Value, Value>): Map<Value, Value> {
  if (entries instanceof Map) return entries;
  return new Map(Object.entries(entries).map(([key, value]) => [Number(key), value]));
}

/** A sequence in its byte string. */
export function sequence(...items: Value[]): Uint8Array {
  return cbor(items);
}

export const PARAMETERS: Record<number, Value> = {
  1: VENDOR,
  2: CLASS,
  3: cbor([-16, IMAGE_DIGEST]),
  14: 3,
};

export function shared(more: Record<number, Value> = {}): Value[] {
  return [20, map({ ...PARAMETERS, ...more }), 1, 15, 2, 15];
}

export const INSTALL: Value[] = [20, map({ 21: URI }), 21, 2, 3, 15];

export interface Parts {
  /** Keys of the manifest, in place of the usual ones; undefined takes one away. */
  manifest?: Record<number, Value>;
  /** Items of the shared sequence. */
  shared?: Value[];
  /** Items of the install sequence. */
  install?: Value[];
  components?: Value;
  /** More elements of the envelope, by key. */
  elements?: Map<Value, Value>;
  tagged?: boolean;
  signers?: Signer[];
  /** Whether a signature names its key. */
  named?: boolean;
  /** Complete authentication blocks in place of signatures. */
  blocks?: (digestArray: Uint8Array) => Uint8Array[];
}

export function manifestOf(parts: Parts): Uint8Array {
  const common = map({ 2: parts.components ?? [[new Uint8Array([0])]], 4: cbor(parts.shared ?? shared()) });
  const usual: Record<number, Value> = {
    1: 1,
    2: 7,
    3: cbor(common),
    7: sequence(3, 15),
    20: cbor(parts.install ?? INSTALL),
    ...parts.manifest,
  };
  for (const key of Object.keys(usual)) if (usual[Number(key)] === undefined) delete usual[Number(key)];
  return cbor(map(usual));
}

export function sign1(signer: Signer, digestArray: Uint8Array, named = true): Uint8Array {
  const header = map(named ? { 1: signer.algorithm, 4: signer.keyId } : { 1: signer.algorithm });
  const protectedHeader = cbor(header);
  const message = cbor(['Signature1', protectedHeader, new Uint8Array(0), digestArray]);
  return cbor(new Tagged(18, [protectedHeader, new Map(), null, signer.sign(message)]));
}

export function envelopeOf(parts: Parts): Uint8Array {
  const manifest = manifestOf(parts);
  const digestArray = cbor(digest(cbor(manifest)));
  const blocks = parts.blocks
    ? parts.blocks(digestArray)
    : (parts.signers ?? []).map((signer) => sign1(signer, digestArray, parts.named ?? true));
  const entries = new Map<Value, Value>([
    [2, cbor([digestArray, ...blocks])],
    [3, manifest],
    ...(parts.elements ?? new Map<Value, Value>()),
  ]);
  return parts.tagged === false ? cbor(entries) : cbor(new Tagged(107, entries));
}
