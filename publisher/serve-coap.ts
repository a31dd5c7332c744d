/** The files of a folder over CoAP, in blocks, for trying out. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { answerBytes, refuseUnknown } from '../hal/coap/answer.ts';
import type { Incoming, Reply } from '../hal/coap/contract.ts';
import { optionFirst, optionNext } from '../hal/coap/message.ts';
import type { Message } from '../hal/coap/message.ts';
import { Code, Format, Option } from '../hal/coap/numbers.ts';
import { AddressProof } from '../hal/node/coap-address.ts';
import { openCoapServer } from '../hal/node/coap-server.ts';
import type { CoapServer } from '../hal/node/coap-server.ts';
import { Exit, PublishError } from './errors.ts';

export interface ServeCoapOptions {
  readonly folder: string;
  /** 0 takes a free one. Default 5683. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Largest blocks that are given: 0..6 for 16..1024 bytes. Default 6. */
  readonly szx?: number | undefined;
  /** For clients that know no Echo, on a network where nobody forges an address: long answers to whoever asks. */
  readonly trusted?: boolean | undefined;
  /** Once for each block. */
  readonly onRequest?: ((path: string, code: number) => void) | undefined;
}

interface Served {
  readonly stamp: string;
  readonly bytes: Uint8Array;
  readonly tag: Uint8Array;
}

const Known = [Option.UriHost, Option.UriPort, Option.UriPath, Option.UriQuery, Option.Accept, Option.Block2];
const TagSize = 4;
/** Files kept in memory. */
const Kept = 8;

/** Undefined: no path of a file below a folder. */
const pathOf = (message: Message): string | undefined => {
  const { cursor } = message;
  const parts: string[] = [];
  for (let more = optionFirst(cursor, message); more; more = optionNext(cursor)) {
    if (cursor.number !== Option.UriPath) continue;
    const part = new TextDecoder().decode(cursor.bytes.subarray(cursor.from, cursor.to));
    if (!/^[\w.~-][\w .~-]*$/.test(part) || /^\.+$/.test(part)) return undefined;
    parts.push(part);
  }
  return parts.join('/');
};

/** Files by their path, as they are on the disk at each request. */
const filesOf = (folder: string): ((path: string) => Served | undefined) => {
  const kept = new Map<string, Served>();
  return (path) => {
    try {
      const file = join(folder, path);
      const { mtimeMs, size } = statSync(file);
      const stamp = `${mtimeMs} ${size}`;
      const known = kept.get(path);
      if (known?.stamp === stamp) return known;
      const bytes = readFileSync(file);
      const served = { stamp, bytes, tag: createHash('sha256').update(bytes).digest().subarray(0, TagSize) };
      kept.delete(path);
      kept.set(path, served);
      if (kept.size > Kept) kept.delete(kept.keys().next().value!);
      return served;
    } catch {
      return undefined;
    }
  };
};

export const serveCoap = async (options: ServeCoapOptions): Promise<CoapServer> => {
  const files = filesOf(options.folder);
  const proof = new AddressProof();
  const answer = (path: string, incoming: Incoming, reply: Reply): void => {
    reply.code = Code.MethodNotAllowed;
    if (incoming.message.code !== Code.Get) return;
    const file = path === '' ? undefined : files(path);
    reply.code = Code.NotFound;
    if (file === undefined) return;
    const { bytes, tag } = file;
    const representation = { code: Code.Content, format: Format.Octets, observe: -1, tag };
    answerBytes(incoming, reply, representation, bytes, bytes.length, options.szx ?? 6);
  };
  try {
    return await openCoapServer({
      port: options.port ?? 5683,
      host: options.host ?? '127.0.0.1',
      serve: (incoming, reply) => {
        const path = pathOf(incoming.message) ?? '';
        const refused = refuseUnknown(incoming, reply, Known);
        if (!refused && options.trusted === true) answer(path, incoming, reply);
        else if (!refused) proof.serve(incoming, reply, () => answer(path, incoming, reply));
        options.onRequest?.(`/${path}`, reply.code);
      },
    });
  } catch (error) {
    throw new PublishError((error as NodeJS.ErrnoException).code ?? String(error), {
      field: '--coap',
      remedy: 'Give another port, 0 takes a free one; and an address of this machine as --host',
      exit: Exit.InputOutput,
    });
  }
};
