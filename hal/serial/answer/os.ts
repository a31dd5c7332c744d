/** Group 0: the board as such. */
import { Act } from '../serving.ts';
import type { Serving } from '../serving.ts';
import { Key, Kind } from '../message/reader.ts';
import { writeKeyNumber, writeMap, writeText, writeTextBytes } from '../message/writer.ts';
import { may, Rc, refuse } from './refusal.ts';

/** The text that came goes back. It stands further on in the buffer than where it goes, so it is moved as it is read. */
export function echo(serving: Serving): void {
  const fields = serving.fields;
  if (fields.kinds[Key.Text] !== Kind.Text) {
    refuse(serving, Rc.Invalid);
    return;
  }
  writeMap(serving.body, 1);
  writeText(serving.body, 'r');
  writeTextBytes(serving.body, fields.bytes, fields.values[Key.Text]!, fields.ends[Key.Text]!);
}

export function reset(serving: Serving): void {
  if (!may(serving, Act.Reset)) return;
  serving.resetting = true;
  writeMap(serving.body, 0);
}

/** A client that counts the packet's length and checksum as part of the buffer stays four bytes below the cap. */
export function parameters(serving: Serving): void {
  writeMap(serving.body, 2);
  writeKeyNumber(serving.body, 'buf_size', serving.message);
  writeKeyNumber(serving.body, 'buf_count', 1);
}

export function bootloader(serving: Serving): void {
  if (serving.fields.kinds[Key.Query] !== Kind.Absent) {
    refuse(serving, Rc.NoEntry);
    return;
  }
  writeMap(serving.body, 1);
  writeText(serving.body, 'bootloader');
  writeText(serving.body, 'flipside');
}
