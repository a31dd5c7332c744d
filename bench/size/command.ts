/**
 * `npm run bench:size -- [OLD NEW ...]`: what a patch comes to, beside public tools in the same run. `--all` has more
 * hubs, `--ablation` each mode alone, `--json` one document. Exit code 1 where a goal is not met.
 */
import { parseArgs } from 'node:util';
import colours from 'picocolors';
import { DocumentVersion } from '../../publisher/answer.ts';
import { ablationRows } from './ablation.ts';
import type { AblationRow } from './ablation.ts';
import { filePairs, sizePairs } from './images.ts';
import { measured } from './measure.ts';
import type { SizeRow } from './measure.ts';

const flag = { type: 'boolean', default: false } as const;
const { values, positionals } = parseArgs({
  options: { json: flag, all: flag, ablation: flag },
  allowPositionals: true,
});
if (positionals.length % 2 !== 0) {
  console.error('images come in pairs: OLD NEW');
  process.exit(2);
}

const number = (value: number): string => value.toLocaleString('en-US');

const sizeText = (row: SizeRow): string => {
  const verdict = row.met ? colours.green('met') : colours.red('NOT MET');
  const goal = row.goal === null ? 'no goal: no HDiffPatch' : `goal ${number(row.goal)} ${verdict}`;
  const peers = Object.entries(row.peers).map(
    ([name, size]) => `    ${name.padEnd(18)} ${size === null ? 'missing' : number(size).padStart(9)}`,
  );
  const cost = `${row.seconds} s, ${number(Math.round(row.peakBytes / 1024))} KiB`;
  return [
    `${colours.bold(row.pair)}: ${number(row.old)} to ${number(row.new)} bytes`,
    `    ${'flipside'.padEnd(18)} ${number(row.payload).padStart(9)}  ${goal}`,
    `    mode "${row.mode}", units ${row.units}, copies ${row.copies}; ${cost}`,
    ...peers,
    '',
  ].join('\n');
};

const ablationText = ({ pair, mode, payload, units }: AblationRow): string =>
  payload === null
    ? `${pair}  ${mode}: not for these images`
    : `${pair}  ${mode}: ${number(payload)} bytes in units: ${units}`;

const textOf = (row: SizeRow | AblationRow): string =>
  'peers' in row ? sizeText(row as SizeRow) : ablationText(row);

const pairs = positionals.length > 0 ? filePairs(positionals) : sizePairs(values.all);
const rows: (SizeRow | AblationRow)[] = [];
for (const pair of pairs) {
  const more = values.ablation ? ablationRows(pair) : [measured(pair)];
  rows.push(...more);
  if (values.json) continue;
  for (const row of more) console.log(textOf(row));
}
if (values.json)
  console.log(JSON.stringify({ version: DocumentVersion, command: 'bench:size', rows }, null, 2));
if (rows.some((row) => 'met' in row && row.met === false)) process.exitCode = 1;
