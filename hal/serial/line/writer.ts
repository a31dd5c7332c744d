/** From a message to the bytes of the line. Each byte is worked out from its position, so nothing is kept but that. */
import { crc16 } from './crc16.ts';
import {
  base64Char,
  CRC_BYTES,
  GO_ON_1,
  GO_ON_2,
  LENGTH_BYTES,
  LINE_CHARS,
  LINE_MAX,
  NEW_LINE,
  PAD,
  START_1,
  START_2,
} from './form.ts';

export interface LineWriter {
  /** The message begins at its first byte. */
  bytes: Uint8Array;
  message: number;
  crc: number;
  /** Bytes on the line: so many are out, of so many. */
  at: number;
  length: number;
}

export function lineWriterNew(bytes: Uint8Array): LineWriter {
  return { bytes: bytes, message: 0, crc: 0, at: 0, length: 0 };
}

/** Base64 characters of a message of `message` bytes. */
function charsOf(message: number): number {
  return (((message + LENGTH_BYTES + CRC_BYTES + 2) / 3) | 0) * 4;
}

/** Bytes on the line of a message of `message` bytes: two marks and a new line for each line. */
export function lineLength(message: number): number {
  const chars = charsOf(message);
  return chars + 3 * (((chars + LINE_CHARS - 1) / LINE_CHARS) | 0);
}

/** Begins to write a message. Its bytes must stay as they are until all is out. */
export function lineBegin(writer: LineWriter, message: number): void {
  writer.message = message;
  writer.crc = crc16(writer.bytes, 0, message);
  writer.at = 0;
  writer.length = lineLength(message);
}

/** Fills `into[from..to-1]` with what comes next on the line. Returns how many bytes. */
export function lineGive(writer: LineWriter, into: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && writer.at < writer.length) {
    into[at] = lineByte(writer, writer.at);
    writer.at++;
    at++;
  }
  return at - from;
}

function lineByte(writer: LineWriter, at: number): number {
  const line = (at / LINE_MAX) | 0;
  const place = at - line * LINE_MAX;
  if (place === 0) return line === 0 ? START_1 : GO_ON_1;
  if (place === 1) return line === 0 ? START_2 : GO_ON_2;
  const char = line * LINE_CHARS + place - 2;
  if (place === LINE_MAX - 1 || char >= charsOf(writer.message)) return NEW_LINE;
  const group = ((char / 4) | 0) * 3;
  const end = writer.message + LENGTH_BYTES + CRC_BYTES;
  const which = char & 3;
  if (group + which > end) return PAD;
  const bits =
    (packetByte(writer, group) << 16) | (packetByte(writer, group + 1) << 8) | packetByte(writer, group + 2);
  return base64Char((bits >>> (18 - 6 * which)) & 63);
}

/** Past the packet's end: 0, as base64 pads. */
function packetByte(writer: LineWriter, at: number): number {
  const length = writer.message + CRC_BYTES;
  if (at === 0) return length >>> 8;
  if (at === 1) return length & 0xff;
  const place = at - LENGTH_BYTES;
  if (place < writer.message) return writer.bytes[place]!;
  if (place === writer.message) return writer.crc >>> 8;
  return place === writer.message + 1 ? writer.crc & 0xff : 0;
}
