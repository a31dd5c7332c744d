/** Where each field of the boot state lies, found out by writing it: docs/SPEC.md section 4.1 must say the same. */
import { stateNew, stateReset } from '../../agent/format/state.ts';
import type { State } from '../../agent/format/state.ts';
import { STATE_BYTES, STATE_NUMBERS, stateView } from '../../hal/node/state-view.ts';
import type { StateNumber } from '../../hal/node/state-view.ts';

export interface FieldPlace {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
}

const WIDTHS = [1, 4, 8];

/** A number of any width, or a part of the bytes. */
function fieldSet(state: State, name: string, high: boolean): void {
  const part = STATE_BYTES.find(([of]) => of === name);
  if (part) state.fill(high ? 0xff : 0, part[1], part[1] + part[2]);
  else stateView(state)[name as StateNumber] = high ? Number.MAX_SAFE_INTEGER : 0;
}

/** All bits of a field that a number of any width can set, against none: the bytes that differ are the field's. */
function placeOf(name: string): FieldPlace {
  const state = stateNew();
  stateReset(state);
  fieldSet(state, name, false);
  const before = state.slice();
  fieldSet(state, name, true);
  const after = state.slice();
  const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
  const offset = changed[0]!;
  const span = changed.at(-1)! - offset + 1;
  // 2^53-1 leaves the last of eight bytes zero.
  const bytes = STATE_BYTES.some(([of]) => of === name);
  const length = bytes ? span : WIDTHS.find((width) => span <= width)!;
  return { offset, length, name };
}

/** By offset. The version, which is no field of State, comes first. */
export function stateLayout(): FieldPlace[] {
  const fields = [...STATE_NUMBERS.keys(), ...STATE_BYTES.map(([name]) => name)]
    .map(placeOf)
    .sort((a, b) => a.offset - b.offset);
  return [{ offset: 0, length: fields[0]!.offset, name: 'version' }, ...fields];
}
