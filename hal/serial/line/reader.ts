/**
 * From the bytes of the line to messages. Decodes as bytes come, into the place where the message will stand: there is
 * no buffer for a line. Whatever does not fit is dropped and counted, and the next start mark begins anew; the marks
 * occur in no base64, so noise of any length before or between them costs at most the packet that it hit.
 */
import { readU16BE } from '../message/header.ts';
import { crc16 } from './crc16.ts';
import {
  base64Value,
  CRC_BYTES,
  GO_ON_1,
  GO_ON_2,
  LENGTH_BYTES,
  NEW_LINE,
  PAD,
  RETURN,
  START_1,
  START_2,
} from './form.ts';

/** Where the reader stands in a line. */
const Place = { Outside: 0, Start: 1, GoOn: 2, Inside: 3 } as const;

export interface LineReader {
  /** The message, and behind it its checksum. */
  readonly bytes: Uint8Array;
  /** Shortest message that is taken. */
  readonly least: number;
  /** Length of the message that came whole; 0 while none did. Whoever has done with it sets it to 0. */
  message: number;
  place: number;
  /** A packet is under way: lines that go on belong to it. */
  open: boolean;
  /** Of the group of four characters at work. */
  bits: number;
  chars: number;
  pads: number;
  /** Bytes of the packet so far, its length included. */
  got: number;
  /** Of message and checksum. */
  length: number;
  /** Packets taken, and packets and lines dropped. */
  packets: number;
  dropped: number;
}

/** `most` and `least` are lengths of a message. */
export function lineReaderNew(least: number, most: number): LineReader {
  return {
    bytes: new Uint8Array(most + CRC_BYTES),
    least: least,
    message: 0,
    place: Place.Outside,
    open: false,
    bits: 0,
    chars: 0,
    pads: 0,
    got: 0,
    length: 0,
    packets: 0,
    dropped: 0,
  };
}

/** Takes bytes from..to-1, up to the end of a message. Returns how many; none while a message waits. */
export function lineTake(reader: LineReader, bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && reader.message === 0) {
    byteTake(reader, bytes[at]!);
    at++;
  }
  return at - from;
}

function byteTake(reader: LineReader, byte: number): void {
  if (byte === START_1) {
    if (reader.open) drop(reader);
    reader.place = Place.Start;
  } else if (byte === GO_ON_1) {
    if (reader.place === Place.Inside && reader.chars > 0) drop(reader);
    reader.place = Place.GoOn;
  } else if (reader.place === Place.Start) {
    reader.place = byte === START_2 ? Place.Inside : Place.Outside;
    if (byte === START_2) packetOpen(reader);
  } else if (reader.place === Place.GoOn) {
    const goesOn = byte === GO_ON_2;
    reader.place = goesOn && reader.open ? Place.Inside : Place.Outside;
    if (goesOn && !reader.open) reader.dropped++;
    lineOpen(reader);
  } else if (reader.place === Place.Inside) {
    if (byte === NEW_LINE) lineEnd(reader);
    else if (byte !== RETURN) charTake(reader, byte);
  }
}

function packetOpen(reader: LineReader): void {
  reader.open = true;
  reader.got = 0;
  reader.length = 0;
  lineOpen(reader);
}

function lineOpen(reader: LineReader): void {
  reader.bits = 0;
  reader.chars = 0;
  reader.pads = 0;
}

function drop(reader: LineReader): void {
  reader.dropped++;
  reader.open = false;
  reader.place = Place.Outside;
}

/** Nothing comes after a group that was padded; a pad is the third or the fourth character. */
function charTake(reader: LineReader, char: number): void {
  const pad = char === PAD;
  const value = pad ? 0 : base64Value(char);
  if (value < 0 || (reader.pads > 0 && (!pad || reader.chars === 0)) || (pad && reader.chars < 2)) {
    drop(reader);
    return;
  }
  reader.bits = (reader.bits << 6) | value;
  if (pad) reader.pads++;
  reader.chars++;
  if (reader.chars < 4) return;
  const bytes = 3 - reader.pads;
  for (let i = 0; i < bytes && reader.open; i++) packetByte(reader, (reader.bits >>> (16 - 8 * i)) & 0xff);
  reader.bits = 0;
  reader.chars = 0;
}

function packetByte(reader: LineReader, byte: number): void {
  const at = reader.got - LENGTH_BYTES;
  reader.got++;
  if (at < 0) {
    reader.length = (reader.length << 8) | byte;
    if (at < -1) return;
    const message = reader.length - CRC_BYTES;
    if (!(message >= reader.least && reader.length <= reader.bytes.length)) drop(reader);
  } else if (at < reader.length) {
    reader.bytes[at] = byte;
  } else {
    drop(reader);
  }
}

function lineEnd(reader: LineReader): void {
  if (reader.chars > 0) {
    drop(reader);
    return;
  }
  reader.place = Place.Outside;
  if (reader.got < LENGTH_BYTES || reader.got < reader.length + LENGTH_BYTES) return;
  const message = reader.length - CRC_BYTES;
  if (crc16(reader.bytes, 0, message) !== readU16BE(reader.bytes, message)) {
    drop(reader);
    return;
  }
  reader.open = false;
  reader.packets++;
  reader.message = message;
}
