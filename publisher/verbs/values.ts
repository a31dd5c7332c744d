/** Readers of option values: each failure names the option and the remedy. */
import type { Command } from 'commander';
import { Exit, PublishError } from '../errors.ts';

export type Options = Readonly<Record<string, unknown>>;

const usage = (what: string, option: string, remedy: string): PublishError =>
  new PublishError(what, { field: `--${option}`, remedy, exit: Exit.Usage });

const keyOf = (option: string): string =>
  option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

export const optionalText = (options: Options, option: string): string | undefined => {
  const value = options[keyOf(option)];
  return typeof value === 'string' ? value : undefined;
};

export const texts = (options: Options, option: string): string[] => {
  const value = options[keyOf(option)];
  return Array.isArray(value) ? (value as string[]) : typeof value === 'string' ? [value] : [];
};

export const flag = (options: Options, option: string): boolean => options[keyOf(option)] === true;

export const text = (options: Options, option: string, remedy: string): string => {
  const value = optionalText(options, option);
  if (value === undefined) throw usage('is missing', option, remedy);
  return value;
};

const scale: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 * 1024 };

/** A whole number: 4096, 0x1000, 4k, 1m. */
export const numberParse = (value: string, option: string): number => {
  const found = /^(0x[0-9a-f]+|\d+)([km]?)$/i.exec(value.trim());
  const result = found ? Number(found[1]) * (scale[(found[2] ?? '').toLowerCase()] ?? NaN) : NaN;
  if (Number.isSafeInteger(result)) return result;
  throw usage(
    `${value} is not a whole number`,
    option,
    'Give digits, 0x and hex digits, or a size such as 512k or 1m',
  );
};

export const optionalNumber = (options: Options, option: string): number | undefined => {
  const value = optionalText(options, option);
  return value === undefined ? undefined : numberParse(value, option);
};

export const number = (options: Options, option: string, remedy: string): number =>
  numberParse(text(options, option, remedy), option);

export const choice = <T extends string>(
  options: Options,
  option: string,
  all: readonly T[],
  otherwise: T,
): T => {
  const value = optionalText(options, option) ?? otherwise;
  const found = all.find((one) => one === value);
  if (found === undefined) throw usage(`${value} is not known`, option, `Give one of: ${all.join(', ')}`);
  return found;
};

/** A date (2027-01-31, 2027-01-31T12:00:00Z) or seconds since 1970. */
export const optionalTime = (options: Options, option: string): number | undefined => {
  const value = optionalText(options, option);
  if (value === undefined) return undefined;
  const seconds = /^\d{6,}$/.test(value) ? Number(value) : Math.floor(Date.parse(value) / 1000);
  if (Number.isSafeInteger(seconds) && seconds >= 0) return seconds;
  throw usage(`${value} is not a date`, option, 'Give a date such as 2027-01-31, or seconds since 1970');
};

const spanScale: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds, at least one: 90, 90s, 30m, 14h, 3d. */
export const spanParse = (value: string, option: string): number => {
  const found = /^(\d{1,9})([smhd]?)$/.exec(value.trim());
  const seconds = found ? Number(found[1]) * spanScale[found[2] ?? '']! : 0;
  if (seconds > 0) return seconds;
  throw usage(
    `${value} is not a length of time`,
    option,
    'Give a number with s, m, h or d: 90s, 30m, 14h, 3d',
  );
};

export const optionalSpan = (options: Options, option: string): number | undefined => {
  const value = optionalText(options, option);
  return value === undefined ? undefined : spanParse(value, option);
};

/** Declares an option that may be given several times. */
export const several = (command: Command, flags: string, description: string): Command =>
  command.option(flags, description, (value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
