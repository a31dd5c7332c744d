/** Reads JSON field by field; what is wrong is said with the path of the field and the remedy. */
import { Exit, PublishError } from '../../publisher/errors.ts';
import { readText } from '../../publisher/files.ts';

export interface Field {
  readonly file: string;
  /** As in `upstream.url`, or `groups[2].after`. '' for the whole document. */
  readonly path: string;
  readonly value: unknown;
}

export const fieldTrouble = ({ file, path }: Field, what: string, remedy: string): PublishError =>
  new PublishError(what, { file, field: path === '' ? 'document' : path, remedy, exit: Exit.InputOutput });

export const documentOf = (file: string, field: string): Field => {
  const text = readText(file, field);
  try {
    return { file, path: '', value: JSON.parse(text) as unknown };
  } catch (error) {
    throw fieldTrouble({ file, path: '', value: undefined }, 'not JSON', (error as Error).message);
  }
};

/** An object with no other fields than these. */
export const recordOf = (field: Field, known: readonly string[]): Record<string, Field> => {
  const { value, path, file } = field;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fieldTrouble(field, 'is no object', `Give an object with: ${known.join(', ')}`);
  const fields: Record<string, Field> = {};
  for (const [name, inner] of Object.entries(value)) {
    const at = { file, path: path === '' ? name : `${path}.${name}`, value: inner };
    if (!known.includes(name)) throw fieldTrouble(at, 'is not known', `Known are: ${known.join(', ')}`);
    fields[name] = at;
  }
  for (const name of known) {
    fields[name] ??= { file, path: path === '' ? name : `${path}.${name}`, value: undefined };
  }
  return fields;
};

export const listOf = <T>(field: Field, each: (item: Field) => T): T[] => {
  const { value, path, file } = field;
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw fieldTrouble(field, 'is no list', 'Give a list: [ … ]');
  return value.map((item, at) => each({ file, path: `${path}[${at}]`, value: item }));
};

/** Undefined where it is left out. */
export const optionalTextOf = (field: Field): string | undefined => {
  const { value } = field;
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw fieldTrouble(field, 'is no text', 'Give a text, in quotation marks');
};

export const textOf = (field: Field, remedy: string): string => {
  const text = optionalTextOf(field);
  if (text === undefined) throw fieldTrouble(field, 'is missing', remedy);
  return text;
};

export const matching = (field: Field, pattern: RegExp, remedy: string): string => {
  const text = textOf(field, remedy);
  if (pattern.test(text)) return text;
  throw fieldTrouble(field, `"${text}" cannot be`, remedy);
};

export const optionalNumberOf = (field: Field, least: number, most: number): number | undefined => {
  const { value } = field;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw fieldTrouble(field, `${JSON.stringify(value)} cannot be`, `Give a number from ${least} to ${most}`);
};

export const wholeNumberOf = (field: Field, least: number, most: number): number | undefined => {
  const number = optionalNumberOf(field, least, most);
  if (number === undefined || Number.isInteger(number)) return number;
  throw fieldTrouble(field, `${number} cannot be`, 'Give a whole number');
};

export const flagOf = (field: Field): boolean => {
  const { value } = field;
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw fieldTrouble(field, `${JSON.stringify(value)} cannot be`, 'Give true or false');
};
