/**
 * `npm run bench:xs`: what the agent takes of a small machine, measured on the XS engine with slots of 16 bytes, on the
 * emulated board. With `-- --json` one document on stdout; with `-- --only NAME` one of native, lms, script, noble,
 * noble-p256, patch, decryption, oscore, lwm2m, whole, code, floor. A goal that is not met is printed as such; the exit
 * code does not change for it. With `-- --census decided` (the boot decision) or `staged` (a receive) what fills the
 * arena instead.
 */
import { parseArgs } from 'node:util';
import { DocumentVersion } from '../../publisher/answer.ts';
import { pairsRead } from '../pairs.ts';
import type { Row } from '../row.ts';
import { table } from '../table.ts';
import { sizePairs } from '../size/images.ts';
import { census } from './census.ts';
import { decryptionRows } from './decryption-rows.ts';
import { lwm2mRows } from './lwm2m-rows.ts';
import { oscoreRows } from './oscore-rows.ts';
import { patchRows } from './patch-rows.ts';
import { codeRows, floorRows, receiveRows, wholeRows } from './rows.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    census: { type: 'string' },
  },
});
const { only, json } = values;
if (values.census === 'decided' || values.census === 'staged') {
  console.log((await census(values.census, pairsRead()[0]!.to)).join('\n'));
  process.exit(0);
}
if (values.census !== undefined) throw new RangeError(`--census ${values.census}: decided or staged`);
const wants = (name: string): boolean => only === undefined || only === name;

const say = (title: string, rows: readonly Row[]): void => {
  if (!json) console.log(table(title, rows));
};

const rows: Row[] = [];
const add = (title: string, more: readonly Row[]): void => {
  say(title, more);
  rows.push(...more);
};
if (wants('code')) add('Byte code', await codeRows());
if (wants('floor')) add('Without the agent', await floorRows());
if (wants('decryption')) add('Decryption', await decryptionRows());
if (wants('oscore')) add('OSCORE', await oscoreRows());
if (wants('lwm2m')) add('LwM2M', await lwm2mRows());
if (wants('patch')) {
  const pairs = sizePairs(false);
  const patched = ['prime-minor', 'prime-patch'].map((name) => pairs.find((pair) => pair.name === name)!);
  rows.push(...(await patchRows(patched, (some) => say('A receive of a patch', some))));
}
rows.push(...(await receiveRows(pairsRead()[0]!.to, only, (some) => say('A receive of 300 KB', some))));
if (wants('whole')) add('The whole device', await wholeRows());
if (json) {
  const told = rows.map(({ metric, board, value, unit, goal, met }) => ({
    metric,
    case: board,
    value: Number.isFinite(value) ? value : null,
    unit,
    goal,
    met,
  }));
  console.log(JSON.stringify({ version: DocumentVersion, command: 'bench:xs', rows: told }, null, 2));
}
