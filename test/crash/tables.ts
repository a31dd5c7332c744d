/** What a run of the crash checker came to: as tables, and as one document. */
import { FAULT_NAMES } from '../../bootloader-sim/crash/index.ts';
import type { FaultName } from '../../bootloader-sim/crash/index.ts';
import type { Break, Done, Swept } from './job.ts';
import type { Hunted } from './hunt.ts';

export interface Asked {
  readonly full: boolean;
  readonly seconds: number;
}

const sweptOf = (done: readonly Done[]): Swept[] =>
  done.filter((one): one is Swept => one.kind === 'sweep').sort((a, b) => a.board.localeCompare(b.board));

const huntedOf = (done: readonly Done[]): Hunted[] =>
  done.flatMap((one) => (one.kind === 'mutant' ? [one.hunted] : [])).sort((a, b) => a.states - b.states);

const ours = ({ foreign }: Break): boolean => !foreign;

export const failed = (done: readonly Done[]): boolean =>
  sweptOf(done).some(({ breaks }) => breaks.some(ours)) || huntedOf(done).some(({ found }) => !found);

interface FaultRow {
  readonly scenario: string;
  readonly board: string;
  readonly fault: FaultName;
  readonly states: number;
  readonly fired: number;
  readonly violations: number;
}

const faultRows = (swept: readonly Swept[]): FaultRow[] =>
  swept.flatMap(({ scenario, board, rows }) =>
    FAULT_NAMES.filter((fault) => rows[fault].fired > 0 || rows[fault].violations > 0).map((fault) => ({
      scenario,
      board,
      fault,
      ...rows[fault],
    })),
  );

const sum = <T>(list: readonly T[], of: (one: T) => number): number =>
  list.reduce((all, one) => all + of(one), 0);

const totals = (swept: readonly Swept[], hunted: readonly Hunted[], { full, seconds }: Asked) => {
  const rows = faultRows(swept);
  const states = sum(swept, (one) => one.states);
  const fired = sum(rows, (row) => row.fired);
  // Of one thread: what the machine does beside it is in it, so it is for comparing only.
  const work = sum(swept, (one) => one.milliseconds) / 1000;
  return {
    run: full ? 'full' : 'bounded',
    states,
    merged: sum(swept, (one) => one.merged),
    fired,
    violations: sum(swept, (one) => one.breaks.filter(ours).length),
    foreignFlaws: sum(swept, (one) => one.breaks.filter(({ foreign }) => foreign).length),
    mutants: hunted.length,
    found: hunted.filter((one) => one.found).length,
    seconds: Math.round(seconds),
    statesPerSecond: Math.round(states / Math.max(work, 0.001)),
    faultsPerSecond: Math.round(fired / Math.max(work, 0.001)),
  };
};

export const document = (done: readonly Done[], asked: Asked): object => {
  const [swept, hunted] = [sweptOf(done), huntedOf(done)];
  return {
    version: 1,
    command: 'crash',
    totals: totals(swept, hunted, asked),
    rows: [
      ...faultRows(swept),
      ...hunted.map(({ mutant, found, invariant, scenario, board, states }) => ({
        mutant,
        found,
        invariant,
        scenario,
        board,
        states,
      })),
    ],
    violations: swept.flatMap(({ breaks }) => breaks.filter(ours)),
    foreignFlaws: swept.flatMap(({ breaks }) => breaks.filter(({ foreign }) => foreign)),
  };
};

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const cells = [
    head,
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : cell))),
  ];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const right = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return cells.map(line).join('\n');
};

const number = (value: number): string => value.toLocaleString('en-US');

const byFault = (swept: readonly Swept[]): string => {
  const rows = FAULT_NAMES.map((fault) => {
    const of = swept.map((one) => one.rows[fault]);
    return [fault, sum(of, (row) => row.fired), sum(of, (row) => row.violations)] as const;
  }).filter(([, fired, violations]) => fired + violations > 0);
  return table(['fault', 'fired', 'violations'], rows);
};

const byScenario = (swept: readonly Swept[]): string =>
  table(
    ['board', 'scenario', 'states', 'merged', 'fired', 'violations'],
    swept.map(({ board, scenario, states, merged, rows, breaks }) => [
      board,
      scenario,
      states,
      merged,
      sum(FAULT_NAMES, (name) => rows[name].fired),
      breaks.filter(ours).length,
    ]),
  );

/** What bootloaders of another make do by themselves: never counted as the agent's, and never hidden. */
const foreignTable = (swept: readonly Swept[]): string[] => {
  const rows = swept.flatMap(({ board, breaks }) =>
    breaks
      .filter(({ foreign }) => foreign)
      .map(({ scenario, invariant, trace }) => ({ board, scenario, invariant, trace })),
  );
  if (rows.length === 0) return [];
  // One trace for each law and kind of fault.
  const kinds = new Map(
    rows.map((row) => [`${row.board} ${row.invariant} ${row.trace.replace(/[\d@#:]/g, '')}`, row]),
  );
  const all = [...kinds.values()].map(({ board, scenario, invariant, trace }) => [
    board,
    invariant,
    scenario,
    trace,
  ]);
  return [
    `${table(['foreignFlaws: board', 'law', 'scenario', 'trace'], all)}\n${rows.length} in all, one of each kind shown`,
  ];
};

const broken = (swept: readonly Swept[]): string[] =>
  swept.flatMap(({ breaks }) =>
    breaks
      .filter(ours)
      .map(
        ({ board, scenario, invariant, words, trace }) =>
          `BROKEN ${invariant}: ${words}\n  npm run crash -- --board ${board} --scenario ${scenario} --replay '${trace}'`,
      ),
  );

const mutantTable = (hunted: readonly Hunted[]): string =>
  table(
    ['mutant', 'found by', 'in scenario', 'on board', 'states'],
    hunted.map(({ mutant, found, invariant, scenario, board, states }) => [
      mutant,
      found ? invariant! : 'NOT FOUND',
      scenario ?? '',
      board ?? '',
      states,
    ]),
  );

export const tables = (done: readonly Done[], asked: Asked): string => {
  const [swept, hunted] = [sweptOf(done), huntedOf(done)];
  const all = totals(swept, hunted, asked);
  const parts: string[] = [];
  if (swept.length > 0) parts.push(byScenario(swept), byFault(swept), ...foreignTable(swept));
  if (hunted.length > 0) parts.push(mutantTable(hunted));
  parts.push(...broken(swept));
  parts.push(
    `${all.run} run: ${number(all.states)} states explored, ${number(all.merged)} merged, ${number(all.fired)} faults fired, ` +
      `${number(all.violations)} violations; ${all.found} of ${all.mutants} mutants found; ${number(all.seconds)} s`,
  );
  return parts.join('\n\n');
};
