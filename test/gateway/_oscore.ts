/** Devices with security contexts of the gateway's making, and requests of theirs made by hand. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { oscoreKeyOf, oscoreSecretNew } from '../../gateway/config/oscore.ts';
import type { OscoreSecret, Secrets } from '../../gateway/config/secrets.ts';
import { checkInWrite } from '../../hal/check-in/index.ts';
import { CHECK_IN_MAX } from '../../hal/check-in/numbers.ts';
import type { Binding } from '../../hal/coap/contract.ts';
import { messageNew, messageRead, optionFind } from '../../hal/coap/message.ts';
import type { Message } from '../../hal/coap/message.ts';
import { Code, Option, Type } from '../../hal/coap/numbers.ts';
import {
  writeHeader,
  writeOption,
  writePayload,
  writerNew,
  writeText,
  writeUint,
} from '../../hal/coap/writer.ts';
import { nodeIdentity } from '../../hal/node/index.ts';
import type { StoredKey } from '../../hal/node/index.ts';
import { nodeAead, storedContext } from '../../hal/node/oscore.ts';
import { bindingNew } from '../../hal/oscore/binding.ts';
import { oscoreNew, oscoreProtection, requestProtect, responseUnprotect } from '../../hal/oscore/index.ts';
import type { Context, Oscore, OscoreProtection, SequenceStore } from '../../hal/oscore/index.ts';

const FILE = 'test';

/** A number that lasts as long as it is held. */
export const memorySequence = (): SequenceStore => {
  let next = 0;
  return {
    read: () => next,
    write: (value) => {
      next = value;
      return true;
    },
  };
};

export interface Enrolled {
  readonly device: string;
  readonly made: OscoreSecret;
  /** As the gateway has it, and as the device does. */
  readonly gatewayKey: StoredKey;
  readonly deviceKey: StoredKey;
}

export const enrolled = (...devices: readonly string[]): Enrolled[] => {
  const secrets: Secrets = { version: 1, devices: {} };
  return devices.map((device) => {
    const made = oscoreSecretNew(secrets);
    secrets.devices[device] = { oscore: made };
    const { senderId, recipientId } = made;
    return {
      device,
      made,
      gatewayKey: oscoreKeyOf(made, device, FILE),
      deviceKey: oscoreKeyOf({ ...made, senderId: recipientId, recipientId: senderId }, device, FILE),
    };
  });
};

export const contextOf = ({ deviceKey }: Enrolled, store: SequenceStore = memorySequence()): Context => {
  const identity = nodeIdentity({ device: deviceKey.keyId, keys: [deviceKey] });
  return storedContext(identity, deviceKey.keyId, store);
};

/** As a device gives it to its drivers. */
export const protectionOf = (one: Enrolled, store?: SequenceStore): OscoreProtection =>
  oscoreProtection({ aead: nodeAead(), contexts: [contextOf(one, store)] });

export interface Plain {
  readonly method?: number;
  readonly path: string;
  readonly echo?: Uint8Array | undefined;
  readonly payload?: Uint8Array;
  /** number << 4 | more << 3 | szx */
  readonly block1?: number;
  readonly id?: number;
  readonly token?: Uint8Array;
}

let messages = 0x100;

export const plainOf = (plain: Plain): Uint8Array => {
  const {
    method = Code.Post,
    path,
    echo,
    payload,
    block1,
    id = messages++,
    token = Uint8Array.of(7),
  } = plain;
  const w = writerNew(new Uint8Array(1200));
  writeHeader(w, Type.Confirmable, method, id, token, token.length);
  for (const part of path.split('/')) writeText(w, Option.UriPath, part);
  if (block1 !== undefined) writeUint(w, Option.Block1, block1);
  if (echo !== undefined) writeOption(w, Option.Echo, echo, 0, echo.length);
  if (payload !== undefined) writePayload(w, payload, 0, payload.length);
  return w.bytes.slice(0, w.length);
};

export const readMessage = (bytes: Uint8Array): Message => {
  const message = messageNew();
  if (messageRead(message, bytes, 0, bytes.length) < 0) throw new Error('no message');
  return message;
};

export const optionOf = (message: Message, number: number): Uint8Array | undefined => {
  const { cursor } = message;
  return optionFind(cursor, message, number) ? cursor.bytes.slice(cursor.from, cursor.to) : undefined;
};

/** A device that makes its datagrams by hand. */
export class HandMade {
  readonly oscore: Oscore;
  readonly binding: Binding = bindingNew();

  constructor(one: Enrolled, store?: SequenceStore) {
    this.oscore = oscoreNew(nodeAead(), [contextOf(one, store)]);
  }

  sealed(plain: Plain): Uint8Array {
    const into = writerNew(new Uint8Array(1300));
    const code = requestProtect(this.oscore, 0, this.binding, readMessage(plainOf(plain)), into);
    if (code < 0) throw new Error(`not protected: ${code}`);
    return into.bytes.slice(0, into.length);
  }

  /** Of the last request; undefined: it is none of the gateway's. */
  opened(answer: Uint8Array): Message | undefined {
    const into = writerNew(new Uint8Array(1300));
    const code = responseUnprotect(this.oscore, this.binding, readMessage(answer.slice()), into);
    return code < 0 ? undefined : readMessage(into.bytes.slice(0, into.length));
  }
}

export const checkInOf = (battery: number): Uint8Array => {
  const room = new Uint8Array(CHECK_IN_MAX);
  return room.slice(0, checkInWrite(room, { battery }));
};

export interface Wire {
  readonly socket: Socket;
  ask(datagram: Uint8Array): Promise<Uint8Array>;
}

/** A socket at an address of its own. */
export const wireTo = (port: number): Wire => {
  const socket = createSocket('udp4');
  return {
    socket,
    async ask(datagram) {
      socket.send(datagram, port, '127.0.0.1');
      const [answer] = (await once(socket, 'message')) as [Buffer];
      return Uint8Array.from(answer);
    },
  };
};
