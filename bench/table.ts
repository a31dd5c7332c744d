/** The figures for people. */
import colours from 'picocolors';
import type { Row } from './row.ts';

const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 4 });

const verdict = ({ met }: Row): string => {
  if (met === null) return '';
  return met ? colours.green('met') : colours.red('NOT MET');
};

export const table = (title: string, rows: readonly Row[]): string => {
  const cells = rows.map((one) => [
    one.metric,
    one.board ?? '',
    number(one.value),
    one.unit,
    one.goal === null ? '' : `<= ${number(one.goal)}`,
  ]);
  const head = ['metric', 'board', 'value', 'unit', 'goal'];
  const widths = head.map((name, at) => Math.max(name.length, ...cells.map((line) => line[at]!.length)));
  const right = 2;
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) => (at === right ? text.padStart(widths[at]!) : text.padEnd(widths[at]!)))
      .join('  ');
  const body = rows.map((one, at) => `${line(cells[at]!)}  ${verdict(one)}`.trimEnd());
  return [colours.bold(title), colours.dim(line(head).trimEnd()), ...body, ''].join('\n');
};
