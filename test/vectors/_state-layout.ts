/** Where each field of the boot state lies, found out by writing it: docs/SPEC.md section 4.1 must say the same. */
import { STATE_LENGTH, stateNew, stateReset, stateWrite } from '../../agent/format/state.ts';
import type { State } from '../../agent/format/state.ts';

export interface FieldPlace {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
}

const WIDTHS = [1, 4, 8];

function written(state: State): Uint8Array {
  const bytes = new Uint8Array(STATE_LENGTH);
  stateWrite(state, bytes, 0);
  return bytes;
}

/** All bits of a field that a number of any width can set, against none: the bytes that differ are the field's. */
function placeOf(name: string): FieldPlace {
  const state = stateNew();
  stateReset(state);
  const fields = state as unknown as Record<string, number | Uint8Array>;
  const field = fields[name];
  if (field instanceof Uint8Array) field.fill(0);
  else fields[name] = 0;
  const before = written(state);
  if (field instanceof Uint8Array) field.fill(0xff);
  else fields[name] = Number.MAX_SAFE_INTEGER;
  const after = written(state);
  const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
  const offset = changed[0]!;
  const span = changed.at(-1)! - offset + 1;
  // 2^53-1 leaves the last of eight bytes zero.
  const length = field instanceof Uint8Array ? span : WIDTHS.find((width) => span <= width)!;
  return { offset, length, name };
}

/** By offset. The version, which is no field of State, comes first. */
export function stateLayout(): FieldPlace[] {
  const fields = Object.keys(stateNew())
    .map(placeOf)
    .sort((a, b) => a.offset - b.offset);
  return [{ offset: 0, length: fields[0]!.offset, name: 'version' }, ...fields];
}
