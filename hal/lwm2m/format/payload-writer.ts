/** What a server reads: values with their paths, in the format it accepts. */
import { base64Write } from './base64.ts';
import { cborHeadWrite, cborValueWrite, Major } from './cbor.ts';
import { ContentFormat } from './content-format.ts';
import { outputByte, outputBytes, outputNumber, outputReset } from './output.ts';
import type { Output } from './output.ts';
import { pathCopy, pathNew } from './path.ts';
import type { Path } from './path.ts';
import { senmlEnd, senmlRecord } from './senml.ts';
import { Tlv, tlvEnd, tlvValue } from './tlv.ts';
import { Kind } from './value.ts';
import type { Value } from './value.ts';

const TIME_TAG = 1;

export interface PayloadWriter {
  readonly out: Output;
  format: number;
  readonly base: Path;
  records: number;
}

export function payloadWriterNew(out: Output): PayloadWriter {
  return { out: out, format: 0, base: pathNew(), records: 0 };
}

export function payloadOpen(writer: PayloadWriter, format: number, base: Path): void {
  writer.format = format;
  writer.records = 0;
  pathCopy(base, writer.base);
  outputReset(writer.out);
}

/** Where the inside of an instance or a multiple resource begins, for `payloadInstance` and `payloadMultiple`. */
export function payloadMark(writer: PayloadWriter): number {
  return writer.out.length;
}

/** What was written since the mark is the object instance `id`. */
export function payloadInstance(writer: PayloadWriter, mark: number, id: number): void {
  if (writer.format === ContentFormat.Tlv) tlvEnd(writer.out, mark, Tlv.ObjectInstance, id);
}

/** What was written since the mark are the instances of the multiple resource `id`. */
export function payloadMultiple(writer: PayloadWriter, mark: number, id: number): void {
  if (writer.format === ContentFormat.Tlv) tlvEnd(writer.out, mark, Tlv.Multiple, id);
}

export function payloadValue(writer: PayloadWriter, path: Path, value: Value): void {
  const out = writer.out;
  if (writer.format === ContentFormat.Tlv) {
    tlvValue(out, path.length === 4 ? Tlv.ResourceInstance : Tlv.Resource, path.ids[path.length - 1]!, value);
  } else if (writer.format === ContentFormat.SenmlCbor) {
    senmlRecord(out, writer.base, writer.records === 0, path, value);
  } else if (writer.format === ContentFormat.Cbor) {
    if (value.kind === Kind.Time) cborHeadWrite(out, Major.Tag, TIME_TAG);
    cborValueWrite(out, value);
  } else if (writer.format === ContentFormat.Opaque) outputBytes(out, value.bytes, value.from, value.to);
  else textWrite(out, value);
  writer.records += 1;
}

/** False: it did not fit. */
export function payloadClose(writer: PayloadWriter): boolean {
  if (writer.format === ContentFormat.SenmlCbor) senmlEnd(writer.out, 0, writer.records);
  return !writer.out.overflow;
}

function textWrite(out: Output, value: Value): void {
  if (value.kind === Kind.String) outputBytes(out, value.bytes, value.from, value.to);
  else if (value.kind === Kind.Opaque) base64Write(out, value.bytes, value.from, value.to);
  else {
    outputNumber(out, value.number);
    if (value.kind !== Kind.ObjectLink) return;
    outputByte(out, 0x3a);
    outputNumber(out, value.instance);
  }
}
