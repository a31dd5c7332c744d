/**
 * `npm run bench:net`: what a network costs. With `-- --json` one document on stdout, with
 * `-- --only rollout` what has that in its title. Speeds are ratios of one run, as the
 * machine may have other things to do. A goal that is not met is printed as such; the exit code does not change for it.
 */
import { parseArgs } from 'node:util';
import colours from 'picocolors';
import { DocumentVersion } from '../../publisher/answer.ts';
import { pairsRead } from '../pairs.ts';
import { coapLossRows, coapRows } from './coap.ts';
import { fleetRows } from './fleet.ts';
import { linkRows } from './links.ts';
import type { NetRow } from './row.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});

const subjects: readonly (readonly [title: string, measure: () => NetRow[] | Promise<NetRow[]>])[] = [
  ['300 KB over CoAP, beside libcoap', coapRows],
  ['The same over a link that loses', coapLossRows],
  ['An update on each kind of link, simulated', () => linkRows(pairsRead()[1]!)],
  ['A rollout of 300 KB, simulated devices', fleetRows],
];

const line = (row: NetRow): string => {
  const number = row.value.toLocaleString('en-US', { maximumFractionDigits: 4 }).padStart(10);
  const verdict = row.met === null ? '' : row.met ? colours.green('  met') : colours.red('  NOT MET');
  const goal = row.goal === null ? '' : `  goal ${row.goal}${verdict}`;
  return `${row.metric.padEnd(46)} ${row.case.padEnd(38)} ${number} ${row.unit}${goal}`;
};

const rows: NetRow[] = [];
for (const [title, measure] of subjects.filter(([title]) => title.includes(values.only))) {
  const measured = await measure();
  rows.push(...measured);
  if (!values.json) console.log([colours.bold(title), ...measured.map(line), ''].join('\n'));
}
if (values.json)
  console.log(JSON.stringify({ version: DocumentVersion, command: 'bench:net', rows }, null, 2));
