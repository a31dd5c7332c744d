/** A client and a server with one security context, and what goes between them. */
import type { Binding } from '../../hal/coap/contract.ts';
import { Code, Option, Type } from '../../hal/coap/numbers.ts';
import { writeHeader, writePayload, writeText } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { bindingNew } from '../../hal/oscore/binding.ts';
import type { Oscore } from '../../hal/oscore/oscore.ts';
import { requestProtect, responseProtect } from '../../hal/oscore/protect.ts';
import { requestUnprotect, responseUnprotect } from '../../hal/oscore/unprotect.ts';
import { contextWith, mirrored, oscoreWith, roomNew, SALT, through, written } from './_contexts.ts';
import type { Ids } from './_contexts.ts';
import { bytesOf } from './_hex.ts';

export const IDS: Ids = { sender: 'c1', recipient: '5e', salt: SALT };

export interface Pair {
  readonly client: Oscore;
  readonly server: Oscore;
  readonly asked: Binding;
  readonly taken: Binding;
}

export const pairNew = (ids: Ids = IDS): Pair => ({
  client: oscoreWith(contextWith(ids)),
  server: oscoreWith(contextWith(mirrored(ids))),
  asked: bindingNew(),
  taken: bindingNew(),
});

export const plainOf = (code: number, fill: (w: Writer) => void, token = '0a0b'): Uint8Array => {
  const w = roomNew();
  writeHeader(w, Type.Confirmable, code, 0x1234, bytesOf(token), token.length / 2);
  fill(w);
  return written(w);
};

export const sent = (p: Pair, plain: Uint8Array): Uint8Array | number =>
  through((m, into) => requestProtect(p.client, 0, p.asked, m, into), plain);
export const taken = (p: Pair, sealed: Uint8Array): Uint8Array | number =>
  through((m, into) => requestUnprotect(p.server, p.taken, m, into), sealed);
export const answered = (p: Pair, plain: Uint8Array, b: Binding = p.taken): Uint8Array | number =>
  through((m, into) => responseProtect(p.server, b, m, into), plain);
export const got = (p: Pair, sealed: Uint8Array): Uint8Array | number =>
  through((m, into) => responseUnprotect(p.client, p.asked, m, into), sealed);

export const GET: Uint8Array = plainOf(Code.Get, (w) => writeText(w, Option.UriPath, 'fw'));
export const CONTENT: Uint8Array = plainOf(Code.Content, (w) => writePayload(w, bytesOf('0102'), 0, 2));
