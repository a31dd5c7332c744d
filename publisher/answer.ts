/** What a verb hands back: the same facts for people and for programs. */
export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell | readonly Cell[]>>;

export interface Answer {
  readonly rows: readonly Row[];
  /** For people. */
  readonly text: string;
  /** Default 0. */
  readonly exit?: number;
}

export const DocumentVersion = 1;

/** Aligned lines of label and value. */
export const lines = (pairs: readonly (readonly [label: string, value: string | number])[]): string => {
  const width = Math.max(...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n');
};

/** The name that a number has in a table of codes; the number itself where it has none. */
export const nameOf = (table: Readonly<Record<string, number>>, value: number): string =>
  Object.entries(table).find(([, one]) => one === value)?.[0] ?? String(value);

export const thousands = (value: number): string => value.toLocaleString('en-US');
