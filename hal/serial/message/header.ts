/**
 * The eight bytes before the body of each SMP message, big endian:
 * version and operation, flags, length of the body u16, group u16, sequence number, command.
 */
export const HEADER = 8;

export const Op = { Read: 0, ReadAnswer: 1, Write: 2, WriteAnswer: 3 } as const;

export interface Header {
  op: number;
  /** 0: errors are `rc`; 1: errors of a group are `err`. */
  version: number;
  length: number;
  group: number;
  sequence: number;
  command: number;
}

export function headerNew(): Header {
  return { op: 0, version: 0, length: 0, group: 0, sequence: 0, command: 0 };
}

export function readU16BE(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function writeU16BE(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function headerRead(bytes: Uint8Array, into: Header): void {
  into.op = bytes[0]! & 7;
  into.version = (bytes[0]! >>> 3) & 3;
  into.length = readU16BE(bytes, 2);
  into.group = readU16BE(bytes, 4);
  into.sequence = bytes[6]!;
  into.command = bytes[7]!;
}

export function headerWrite(bytes: Uint8Array, header: Header): void {
  bytes[0] = (header.version << 3) | header.op;
  bytes[1] = 0;
  writeU16BE(bytes, 2, header.length);
  writeU16BE(bytes, 4, header.group);
  bytes[6] = header.sequence;
  bytes[7] = header.command;
}
