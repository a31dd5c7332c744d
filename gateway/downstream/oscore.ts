/**
 * OSCORE (RFC 8613) towards the devices: one security context for each, made when it first asks, and found by the id that
 * it sends as. Which context a request came under says which device it is.
 *
 *   request ─► kid ─► context ─► unprotected ─► served as its device
 *
 * After a start no replay window is known: each device is asked to show once that its request is fresh (appendix B.1.2).
 * Sender sequence numbers come from a ledger on the disk that all contexts share; a context takes one number of it, which
 * stands for a few, so that a start costs few writes however many devices there are.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Binding, Protection } from '../../hal/coap/contract.ts';
import { optionFind } from '../../hal/coap/message.ts';
import type { Message } from '../../hal/coap/message.ts';
import { codeIsRequest, Option } from '../../hal/coap/numbers.ts';
import { writerReset } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import type { Ledger } from '../../hal/identity/ledger.ts';
import { nodeIdentity } from '../../hal/node/identity/index.ts';
import type { StoredKey } from '../../hal/node/identity/index.ts';
import { nodeAead } from '../../hal/node/oscore.ts';
import { BINDING_SIZE } from '../../hal/oscore/binding.ts';
import { contextNew } from '../../hal/oscore/context.ts';
import type { Context } from '../../hal/oscore/context.ts';
import { numberedStore } from '../../hal/oscore/numbered-store.ts';
import { optionValueRead } from '../../hal/oscore/option-value.ts';
import { oscoreNew } from '../../hal/oscore/oscore.ts';
import type { Oscore } from '../../hal/oscore/oscore.ts';
import { responseProtect } from '../../hal/oscore/protect.ts';
import { refusalWrite } from '../../hal/oscore/refusal.ts';
import { requestUnprotect } from '../../hal/oscore/unprotect.ts';

export interface DeviceContext {
  readonly device: string;
  /** Of the kind OSCORE, seen from here: the recipient id is what the device sends as. */
  readonly key: StoredKey;
}

export interface DeviceContextsOptions {
  readonly contexts: readonly DeviceContext[];
  readonly numbers: Pick<Ledger, 'next'>;
  /** Sender sequence numbers for each of them: of ours go out a challenge for each start, and hardly more. */
  readonly each: number;
  /** What comes unprotected is taken as it is. */
  readonly open: boolean;
}

interface Entry extends DeviceContext {
  readonly index: number;
  context: Context | undefined;
}

/** Behind what hal/oscore keeps in a binding: whose it is, 4 bytes big-endian. */
const INDEX_AT = BINDING_SIZE;

const hexOf = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('hex');

const indexPut = ({ bytes }: Binding, index: number): void =>
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(INDEX_AT, index);

const indexGet = ({ bytes }: Binding): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(INDEX_AT);

export class DeviceContexts implements Protection {
  readonly #options: DeviceContextsOptions;
  readonly #entries: readonly Entry[];
  readonly #byKid: ReadonlyMap<string, Entry>;
  readonly #devices: ReadonlySet<string>;
  /** The one whose message is at hand: buffers are made once, for all of them. */
  readonly #current: Context[] = [];
  readonly #oscore: Oscore = oscoreNew(nodeAead(), this.#current);
  /** Messages that were refused, by code. */
  readonly refused: Map<number, number> = new Map();

  /** Throws RangeError where two devices would send as one. */
  constructor(options: DeviceContextsOptions) {
    this.#options = options;
    this.#entries = options.contexts.map((one, index) => ({ ...one, index, context: undefined }));
    this.#devices = new Set(options.contexts.map(({ device }) => device));
    const byKid = new Map<string, Entry>();
    for (const entry of this.#entries) {
      const kid = Buffer.from(entry.key.oscore!.recipientId).toString('hex');
      const other = byKid.get(kid);
      if (other !== undefined)
        throw new RangeError(`${other.device} and ${entry.device} send under one id of OSCORE`);
      byKid.set(kid, entry);
    }
    this.#byKid = byKid;
  }

  covers(): boolean {
    return true;
  }

  /** Whether that device has a context: in the open nobody is taken for it. */
  has(device: string): boolean {
    return this.#devices.has(device);
  }

  /** Whose context a request came under; undefined: it came in the open. */
  deviceOf(binding: Binding): string | undefined {
    return binding.length === 0 ? undefined : this.#entries[indexGet(binding)]?.device;
  }

  open(out: Writer, sealed: Message, binding: Binding): number {
    binding.length = 0;
    // Nothing is asked of devices, so that nothing answers.
    if (!codeIsRequest(sealed.code)) return Err.BadState;
    const isProtected = optionFind(this.#oscore.outer, sealed, Option.Oscore);
    if (!isProtected && this.#options.open) return asItIs(out, sealed);
    const entry = isProtected ? this.#find(sealed) : undefined;
    this.#use(entry);
    const code = requestUnprotect(this.#oscore, binding, sealed, out);
    if (code >= 0) {
      indexPut(binding, entry!.index);
      return Ok;
    }
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
    refusalWrite(this.#oscore, binding, sealed, code, out);
    // The disk may take numbers again: then it is begun anew, and nothing of it is repeated.
    if (code === Err.SequenceSpent && entry !== undefined) entry.context = undefined;
    return code;
  }

  seal(out: Writer, plain: Message, binding: Binding): number {
    if (codeIsRequest(plain.code)) return Err.BadState;
    if (binding.length === 0) return asItIs(out, plain);
    this.#use(this.#entries[indexGet(binding)]);
    return responseProtect(this.#oscore, binding, plain, out);
  }

  #find(message: Message): Entry | undefined {
    const { outer, option } = this.#oscore;
    if (optionValueRead(option, message.bytes, outer.from, outer.to) < 0 || !option.hasKid) return undefined;
    return this.#byKid.get(hexOf(message.bytes, option.kidFrom, option.kidTo));
  }

  #use(entry: Entry | undefined): void {
    this.#current.length = 0;
    if (entry === undefined) return;
    entry.context ??= this.#make(entry);
    this.#current.push(entry.context);
  }

  #make({ key }: Entry): Context {
    const { senderId, recipientId, masterSalt, context } = key.oscore!;
    const identity = nodeIdentity({ device: key.keyId, keys: [key] });
    try {
      return contextNew({
        identity,
        keyId: key.keyId,
        salt: masterSalt,
        senderId,
        recipientId,
        idContext: context.length > 0 ? context : undefined,
        store: numberedStore(this.#options.numbers, this.#options.each),
        ahead: this.#options.each,
      });
    } finally {
      identity.close();
    }
  }
}

/** Copies a message that nothing protects. */
const asItIs = (out: Writer, { bytes, from, end }: Message): number => {
  writerReset(out);
  if (!(end - from <= out.bytes.length)) return Err.CoapTooLong;
  out.bytes.set(bytes.subarray(from, end));
  out.length = end - from;
  return Ok;
};
