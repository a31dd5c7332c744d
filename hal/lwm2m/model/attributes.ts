/**
 * Attributes that a server sets to say when it wants to be notified (LwM2M 1.1 core 5.1.2): pmin and pmax of an object, an
 * instance or a resource; gt, lt and st of a resource that is a number. Kept until the registration ends.
 */
import { pathCopy, pathEqual, pathNew, pathWithin } from '../format/path.ts';
import type { Path } from '../format/path.ts';

export const Attribute = { PeriodMin: 0, PeriodMax: 1, Greater: 2, Less: 3, Step: 4 } as const;
const COUNT = 5;
const NAMES: readonly string[] = ['pmin', 'pmax', 'gt', 'lt', 'st'];

/** Not set. */
export const UNSET: number = Number.NEGATIVE_INFINITY;

export interface AttributeRow {
  readonly path: Path;
  readonly values: number[];
}

export interface Attributes {
  readonly rows: AttributeRow[];
  count: number;
}

const rowNew = (): AttributeRow => ({ path: pathNew(), values: [UNSET, UNSET, UNSET, UNSET, UNSET] });

export function attributesNew(capacity: number): Attributes {
  const rows: AttributeRow[] = [];
  for (let i = 0; i < capacity; i += 1) rows.push(rowNew());
  return { rows: rows, count: 0 };
}

export function attributesClear(attributes: Attributes): void {
  attributes.count = 0;
}

/** The number of an attribute; -1: none of these. */
export function attributeNumber(name: string): number {
  return NAMES.indexOf(name);
}

export function attributeName(number: number): string {
  return NAMES[number]!;
}

export function attributeCount(): number {
  return COUNT;
}

export function attributesAt(attributes: Attributes, path: Path): AttributeRow | undefined {
  for (let i = 0; i < attributes.count; i += 1) {
    if (pathEqual(attributes.rows[i]!.path, path)) return attributes.rows[i];
  }
  return undefined;
}

/** The value that counts at a path: its own, or that of what it lies in, the innermost first. */
export function attributeOf(attributes: Attributes, path: Path, number: number): number {
  let found = UNSET;
  let depth = 0;
  for (let i = 0; i < attributes.count; i += 1) {
    const row = attributes.rows[i]!;
    const value = row.values[number]!;
    if (value === UNSET || row.path.length < depth || !pathWithin(path, row.path)) continue;
    found = value;
    depth = row.path.length;
  }
  return found;
}

/** Puts these in place of those that `given` names. False: no room for another path. */
export function attributesSet(
  attributes: Attributes,
  path: Path,
  values: readonly number[],
  given: number,
): boolean {
  let row = attributesAt(attributes, path);
  if (row === undefined) {
    if (!(attributes.count < attributes.rows.length)) return false;
    row = attributes.rows[attributes.count]!;
    attributes.count += 1;
    pathCopy(path, row.path);
    for (let i = 0; i < COUNT; i += 1) row.values[i] = UNSET;
  }
  for (let i = 0; i < COUNT; i += 1) if ((given & (1 << i)) !== 0) row.values[i] = values[i]!;
  return true;
}

/** Rules of 5.1.2: lt + 2 st < gt, lt < gt; pmin and pmax not negative, st positive. */
export function attributesSound(values: readonly number[]): boolean {
  const min = values[Attribute.PeriodMin]!;
  const max = values[Attribute.PeriodMax]!;
  const greater = values[Attribute.Greater]!;
  const less = values[Attribute.Less]!;
  const step = values[Attribute.Step]!;
  if (min !== UNSET && !(min >= 0)) return false;
  if (max !== UNSET && !(max >= 0)) return false;
  if (step !== UNSET && !(step > 0)) return false;
  if (greater === UNSET || less === UNSET) return true;
  return less + 2 * (step === UNSET ? 0 : step) < greater;
}
