/**
 * `npm run bench:size -- [OLD NEW ...]`: what a patch comes to, beside public tools in the same run. `--all` has more
 * hubs, `--ablation` each mode alone, `--whole` the new images without their base, `--json` one document. Exit code 1 where a goal is not met.
 */
import { parseArgs } from 'node:util';
import colours from 'picocolors';
import { DocumentVersion } from '../../publisher/answer.ts';
import { ablationRows } from './ablation.ts';
import type { AblationRow } from './ablation.ts';
import { filePairs, sizePairs } from './images.ts';
import type { SizePair } from './images.ts';
import { measured } from './measure.ts';
import type { SizeRow } from './measure.ts';
import { wholeRow } from './whole.ts';
import type { WholeRow } from './whole.ts';

const flag = { type: 'boolean', default: false } as const;
const { values, positionals } = parseArgs({
  options: { json: flag, all: flag, ablation: flag, whole: flag },
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
  const cost = `${row.seconds} s, of processors ${row.processorSeconds} s; at most ${number(Math.round(row.peakBytes / 1024))} KiB`;
  return [
    `${colours.bold(row.pair)}: ${number(row.old)} to ${number(row.new)} bytes`,
    `    ${'flipside'.padEnd(18)} ${number(row.payload).padStart(9)}  ${goal}`,
    `    with its envelope of ${number(row.envelope)}: ${number(row.total)} bytes are sent`,
    `    mode "${row.mode}", units ${row.units}, copies ${row.copies}; ${cost}`,
    ...peers,
    '',
  ].join('\n');
};

const ablationText = ({ pair, mode, payload, units }: AblationRow): string =>
  payload === null
    ? `${pair}  ${mode}: not for these images`
    : `${pair}  ${mode}: ${number(payload)} bytes in units: ${units}`;

const wholeText = ({ image, size, framed4k, framed32k, patch, mode, units, seconds }: WholeRow): string =>
  `${image}  ${number(size)} bytes: frames of 4 KiB ${number(framed4k)}, of 32 KiB ${number(framed32k)}; patch ${number(patch)}, mode "${mode}", units ${units}; ${seconds} s`;

const textOf = (row: SizeRow | AblationRow | WholeRow): string =>
  'peers' in row ? sizeText(row) : 'image' in row ? wholeText(row) : ablationText(row);

const rowsOf = (pair: SizePair): (SizeRow | AblationRow | WholeRow)[] => {
  if (values.whole) return [wholeRow(pair)];
  return values.ablation ? ablationRows(pair) : [measured(pair)];
};

const pairs = positionals.length > 0 ? filePairs(positionals) : sizePairs(values.all);
const rows: (SizeRow | AblationRow | WholeRow)[] = [];
for (const pair of pairs) {
  const more = rowsOf(pair);
  rows.push(...more);
  if (values.json) continue;
  for (const row of more) console.log(textOf(row));
}
if (values.json)
  console.log(JSON.stringify({ version: DocumentVersion, command: 'bench:size', rows }, null, 2));
if (rows.some((row) => 'met' in row && row.met === false)) process.exitCode = 1;
