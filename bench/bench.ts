/**
 * `npm run bench`: what an update costs, in counts and ratios that do not depend on the machine. With `-- --json` one
 * document on stdout; with `-- --full` the crash checker's full run, half an hour or more. A goal that is not met is
 * printed as such; the exit code does not change for it.
 */
import { parseArgs } from 'node:util';
import { DocumentVersion } from '../publisher/answer.ts';
import { bytesRows } from './bytes.ts';
import { crashRows } from './crash.ts';
import { flashRows } from './flash.ts';
import { memoryRows } from './memory.ts';
import { pairsRead } from './pairs.ts';
import type { Row } from './row.ts';
import { sizeRows } from './size.ts';
import { hashBasedRows } from './hash-based.ts';
import { speedRows } from './speed.ts';
import { table } from './table.ts';

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({ options: { json: flag, full: flag } });
const pairs = pairsRead();

const subjects: readonly (readonly [title: string, measure: () => Row[] | Promise<Row[]>])[] = [
  ['Bytes over the air', () => bytesRows(pairs)],
  ['Flash: one whole update', () => flashRows(pairs[0]!)],
  ['Hash-based signatures', () => hashBasedRows(pairs[0]!)],
  ['Speed in Node', () => speedRows(pairs[0]!)],
  ['Code size', sizeRows],
  ['Memory', () => memoryRows(pairs)],
  ['Crash checker', () => crashRows(values.full)],
];

const rows: Row[] = [];
for (const [title, measure] of subjects) {
  const measured = await measure();
  rows.push(...measured);
  if (!values.json) console.log(table(title, measured));
}
if (values.json) console.log(JSON.stringify({ version: DocumentVersion, command: 'bench', rows }, null, 2));
else {
  const goals = rows.filter((one) => one.met !== null);
  const missed = goals.filter((one) => !one.met);
  console.log(`${goals.length - missed.length} of ${goals.length} goals met`);
  for (const { metric, board } of missed)
    console.log(`not met: ${metric}${board === null ? '' : `, ${board}`}`);
}
