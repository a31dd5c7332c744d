/** The boot journal in words. */
import { Event, Reset } from '../agent/codes.ts';
import { Exchange } from '../agent/format/state.ts';
import { STATE_BYTES } from '../hal/node/state-view.ts';
import type { StateView } from '../hal/node/state-view.ts';
import { lines } from './answer.ts';
import type { Row } from './answer.ts';
import { hexOf, viewOf } from './bytes.ts';
import type { Description } from './describe.ts';
import { deviceState } from './device.ts';
import { codeText } from './explain.ts';
import { RecordType, stateNewest } from './read-journal.ts';
import type { RecordView, SectorView } from './read-journal.ts';

const slotName = (slot: number): string => (slot === 0 ? 'A' : slot === 1 ? 'B' : 'none');

const nameOf = (table: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(table).find((name) => table[name] === value) ?? String(value);

const typeName: Readonly<Record<number, string>> = {
  [RecordType.State]: 'state',
  [RecordType.Seal]: 'seal',
  [RecordType.Name]: 'name',
};

const recordText = (record: RecordView): string => {
  const { payload } = record;
  if (record.type === RecordType.State) return `${payload.length} bytes${record.sealed ? ', sealed' : ''}`;
  if (record.type !== RecordType.Name || payload.length < 12) return '';
  if ((payload[0] as number) > 1) return 'nothing is about to be touched';
  const view = viewOf(payload);
  const from = view.getUint32(4, true);
  return `slot ${slotName(payload[0] as number)}, 0x${from.toString(16)}, ${view.getUint32(8, true)} bytes about to be touched`;
};

const recordLine = (record: RecordView): string => {
  const type = typeName[record.type] ?? String(record.type);
  return `  ${String(record.sequence).padStart(6)}  ${type.padEnd(5)}  ${recordText(record)}`;
};

/** A run of names longer than this is shown by its first and its last. */
const NamesShown = 3;

const recordLines = (records: readonly RecordView[]): string[] => {
  const out: string[] = [];
  for (let at = 0; at < records.length;) {
    let end = at;
    while (records[end]?.type === RecordType.Name) end += 1;
    const shown =
      end - at > NamesShown ? [at, end - 1] : Array.from({ length: Math.max(1, end - at) }, (_, i) => at + i);
    const run = shown.map((one) => recordLine(records[one] as RecordView));
    if (end - at > NamesShown) run.splice(1, 0, `     ...  name   ${end - at - 2} more`);
    out.push(...run);
    at = Math.max(end, at + 1);
  }
  return out;
};

/** The fields that say something, in words; the others by name. */
const stateLines = (state: StateView, bytes: Uint8Array): [string, string][] => {
  const word: Readonly<Record<string, (value: number) => string>> = {
    confirmed: slotName,
    trial: slotName,
    nameSlot: slotName,
    eventSlot: slotName,
    event: (value) => nameOf(Event, value),
    eventCause: (value) => nameOf(Reset, value),
    eventCode: (value) => codeText(-value),
    exchange: (value) => nameOf(Exchange, value),
  };
  const rows: [string, string][] = [];
  for (const [name, at, length] of STATE_BYTES) {
    const value = bytes.subarray(at, at + length);
    const text =
      name === 'checkName' ? Buffer.from(value).toString('utf8').replace(/\0+$/, '') : hexOf(value);
    if (value.some((byte) => byte !== 0)) rows.push([name, text]);
  }
  for (const [name, value] of Object.entries(state)) {
    if (value !== 0 || word[name]) rows.push([name, word[name]?.(value) ?? String(value)]);
  }
  return rows.sort(([a], [b]) => a.localeCompare(b));
};

export const describeJournal = (sectors: readonly SectorView[], from = 0): Description => {
  const rows: Row[] = [];
  const out: string[] = [];
  for (const [number, sector] of sectors.entries()) {
    out.push(
      `sector ${number}  0x${(from + sector.from).toString(16)}, ${sector.length} bytes, ${sector.records.length} records`,
    );
    out.push(...recordLines(sector.records));
    for (const record of sector.records) {
      const type = typeName[record.type] ?? String(record.type);
      const facts = {
        type,
        sequence: record.sequence,
        sealed: record.sealed,
        payload: hexOf(record.payload),
      };
      rows.push({ kind: 'record', sector: number, at: from + record.at, ...facts });
    }
  }
  const newest = stateNewest(sectors);
  if (!newest) return { rows, text: `boot journal: no state\n${out.join('\n')}` };
  const state = deviceState(newest.payload);
  const words = state ? stateLines(state, newest.payload) : [];
  rows.push({
    kind: 'state',
    sequence: newest.sequence,
    sealed: newest.sealed,
    ...Object.fromEntries(words),
  });
  const head = `boot journal: state ${newest.sequence}${newest.sealed ? '' : ', NOT sealed: it will be decided again'}`;
  return { rows, text: [head, ...(words.length ? [lines(words)] : []), '', ...out].join('\n') };
};
