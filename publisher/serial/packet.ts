/** A message of SMP, and the lines that it goes over the line as. */
import { encode } from 'cborg';
import {
  HEADER,
  headerNew,
  headerWrite,
  lineBegin,
  lineGive,
  lineWriterNew,
} from '../../hal/serial/index.ts';
import type { Header } from '../../hal/serial/index.ts';

/** Version 2 of the protocol, unless `header` says otherwise. A body of bytes is taken as it is. */
export const messageOf = (
  header: Partial<Header>,
  body: Readonly<Record<string, unknown>> | Uint8Array,
): Uint8Array => {
  const bytes = body instanceof Uint8Array ? body : encode(body);
  const message = new Uint8Array(HEADER + bytes.length);
  headerWrite(message, { ...headerNew(), version: 1, length: bytes.length, ...header });
  message.set(bytes, HEADER);
  return message;
};

export const linesOf = (message: Uint8Array): Uint8Array => {
  const writer = lineWriterNew(message);
  lineBegin(writer, message.length);
  const lines = new Uint8Array(writer.length);
  lineGive(writer, lines, 0, lines.length);
  return lines;
};
