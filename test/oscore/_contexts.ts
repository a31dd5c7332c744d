/** Security contexts for tests, and messages under them. */
import type { Binding } from '../../hal/coap/contract.ts';
import { messageNew, messageRead } from '../../hal/coap/message.ts';
import type { Message } from '../../hal/coap/message.ts';
import { writerNew } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { deviceIdentity } from '../../hal/identity/device-identity.ts';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import { contextNew } from '../../hal/oscore/context.ts';
import type { Context, ContextSettings } from '../../hal/oscore/context.ts';
import { oscoreNew } from '../../hal/oscore/oscore.ts';
import type { Oscore } from '../../hal/oscore/oscore.ts';
import type { SequenceStore } from '../../hal/oscore/ports.ts';
import { scriptSha256 } from '../../hal/sha256.ts';
import { bytesOf, hexOf } from './_hex.ts';

/** RFC 8613 appendix C: of all its vectors. */
export const SECRET = '0102030405060708090a0b0c0d0e0f10';
export const SALT = '9e7ca92223786340';

const KEY_ID = bytesOf('a1');

export interface MemoryStore extends SequenceStore {
  value: number;
  writes: number;
  /** The next write fails. */
  broken: boolean;
}

export const memoryStore = (value: number): MemoryStore => ({
  value,
  writes: 0,
  broken: false,
  read() {
    return this.value;
  },
  write(next) {
    if (this.broken) return false;
    this.writes += 1;
    this.value = next;
    return true;
  },
});

export interface Ids {
  readonly sender: string;
  readonly recipient: string;
  readonly salt?: string;
  readonly idContext?: string;
  readonly secret?: string;
}

export const settingsOf = (ids: Ids, store: SequenceStore): ContextSettings => ({
  identity: deviceIdentity({
    hash: scriptSha256(),
    secrets: [{ keyId: KEY_ID, kind: 'HKDF', secret: bytesOf(ids.secret ?? SECRET) }],
  }),
  keyId: KEY_ID,
  salt: bytesOf(ids.salt ?? ''),
  senderId: bytesOf(ids.sender),
  recipientId: bytesOf(ids.recipient),
  idContext: ids.idContext === undefined ? undefined : bytesOf(ids.idContext),
  store,
});

export const contextWith = (ids: Ids, store: SequenceStore = memoryStore(0)): Context =>
  contextNew(settingsOf(ids, store));

export const mirrored = (ids: Ids): Ids => ({ ...ids, sender: ids.recipient, recipient: ids.sender });

export const oscoreWith = (...contexts: Context[]): Oscore => oscoreNew(deviceAead(), contexts);

export const roomNew = (): Writer => writerNew(new Uint8Array(2048));

export const messageOf = (bytes: Uint8Array): Message => {
  const message = messageNew();
  if (messageRead(message, bytes, 0, bytes.length) < 0) throw new Error(`no message: ${hexOf(bytes)}`);
  return message;
};

export const written = (w: Writer): Uint8Array => w.bytes.slice(0, w.length);

type Transform = (message: Message, into: Writer) => number;

/** What comes out, or the code. `bytes` are copied: unprotecting deciphers in place. */
export const through = (transform: Transform, bytes: Uint8Array): Uint8Array | number => {
  const into = roomNew();
  const code = transform(messageOf(bytes.slice()), into);
  return code < 0 ? code : written(into);
};

export const bytesFrom = (result: Uint8Array | number): Uint8Array => {
  if (typeof result === 'number') throw new Error(`refused with ${result}`);
  return result;
};

/** A copy, as whoever keeps a binding may make one. */
export const bindingCopy = (b: Binding): Binding => ({ bytes: b.bytes.slice(), length: b.length });
