/**
 * What OSCORE with its own cipher takes on the emulated board: run in place of the boot decision, and of all else. Times are
 * of a machine whose clock counts instructions.
 */
import { messageNew, messageRead } from '../../hal/coap/message.ts';
import { Code, Option, Type } from '../../hal/coap/numbers.ts';
import { writeHeader, writePayload, writerNew, writeText, writeUint } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { deviceIdentity } from '../../hal/identity/device-identity.ts';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import { bindingNew } from '../../hal/oscore/binding.ts';
import { contextNew } from '../../hal/oscore/context.ts';
import type { Context } from '../../hal/oscore/context.ts';
import { oscoreNew } from '../../hal/oscore/oscore.ts';
import { requestProtect, responseProtect } from '../../hal/oscore/protect.ts';
import { requestUnprotect, responseUnprotect } from '../../hal/oscore/unprotect.ts';
import { scriptSha256 } from '../../hal/sha256.ts';
import { instructions } from './instructions.ts';

const BLOCK = 1024;
const ROOM = BLOCK + 64;

function contextOf(sender: number, recipient: number): Context {
  const keyId = new Uint8Array([1]);
  let next = 0;
  return contextNew({
    identity: deviceIdentity({
      hash: scriptSha256(),
      secrets: [{ keyId: keyId, kind: 'HKDF', secret: new Uint8Array(16) }],
    }),
    keyId: keyId,
    senderId: new Uint8Array([sender]),
    recipientId: new Uint8Array([recipient]),
    store: {
      read: () => next,
      write(number) {
        next = number;
        return true;
      },
    },
  });
}

function room(): Writer {
  return writerNew(new Uint8Array(ROOM));
}

/** A request for a block, and the block; each protected by one side and unprotected by the other. */
function measure(): void {
  const begun = instructions();
  const device = contextOf(1, 2);
  const opened = instructions() - begun;
  const server = oscoreNew(deviceAead(), [contextOf(2, 1)]);
  const client = oscoreNew(deviceAead(), [device]);
  const asked = bindingNew();
  const taken = bindingNew();
  const plain = room();
  const sealed = room();
  const message = messageNew();
  writeHeader(plain, Type.Confirmable, Code.Get, 1, new Uint8Array(4), 4);
  writeText(plain, Option.UriPath, 'fw');
  writeUint(plain, Option.Block2, 6);
  messageRead(message, plain.bytes, 0, plain.length);
  let from = instructions();
  requestProtect(client, 0, asked, message, sealed);
  const request = instructions() - from;
  messageRead(message, sealed.bytes, 0, sealed.length);
  requestUnprotect(server, taken, message, room());
  writeHeader(plain, Type.Acknowledgement, Code.Content, 1, new Uint8Array(4), 4);
  writeUint(plain, Option.Block2, 14);
  writePayload(plain, new Uint8Array(BLOCK), 0, BLOCK);
  messageRead(message, plain.bytes, 0, plain.length);
  responseProtect(server, taken, message, sealed);
  messageRead(message, sealed.bytes, 0, sealed.length);
  const back = room();
  from = instructions();
  const code = responseUnprotect(client, asked, message, back);
  const response = instructions() - from;
  boardLog(`protected ${code === 0 && back.length === plain.length} ${opened} ${request} ${response}`);
}

/** The machine of the image is not come to. */
function idle(): void {
  for (;;) boardFeed(0);
}

(globalThis as unknown as { decide: () => void }).decide = measure;
(globalThis as unknown as { main: () => void }).main = idle;
