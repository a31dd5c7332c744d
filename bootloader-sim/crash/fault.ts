/**
 * The fault model: what flash, power and resets do to a board, kind by kind. docs/DESIGN.md says why it is these.
 *
 * A kind is a row; a fault is a kind, and where one operation has many places for it, which of them. Deterministic: a
 * fault is replayed by its text.
 */
import { Reset } from '../../agent/codes.ts';
import type { PartialErase, Torn } from '../../hal/node/faults.ts';
import type { Operation } from '../../hal/node/power.ts';

/** How a place that a cut left undefined reads until it is erased again. */
export type Reads =
  /** As it was left. */
  | 'steady'
  /** Anything between old and new, drawn at each read, failing at times. */
  | 'flicker'
  /** Never: the read throws, as on flash with ECC. */
  | 'fails'
  /** As new in the first boot after the cut, as old from then on. */
  | 'fades'
  /** As old in the first boot after the cut, as new from then on. */
  | 'comes'
  /** As new and as old in turn. */
  | 'blinks';

export type BadWay =
  /** Reads what was not written; the flash says nothing. */
  | 'silent'
  /** Each read of it fails. */
  | 'ecc'
  /** Each program of it is refused by the flash. */
  | 'refused'
  /** Reads right in this power cycle, and wrong from the next boot on. */
  | 'later'
  /** Of a whole sector: each erase of it is refused by the flash; or does nothing, and says nothing. */
  | 'unerasable'
  | 'stuck';

interface Kind {
  /** Operations that it can happen to. */
  readonly on: 'any' | 'program' | 'erase';
  /** Where the board stops, if it does. */
  readonly stops?: 'before' | 'inside' | 'after';
  /** Why the board starts again. Default: the power was lost. */
  readonly cause?: number;
  readonly torn?: Torn;
  readonly erase?: PartialErase;
  readonly reads?: Reads;
  /** All units of the operation are torn, not one. */
  readonly whole?: true;
  readonly bad?: BadWay;
  readonly ignored?: true;
  /** From here to the next reset the supply runs the core, and programs and erases are refused. */
  readonly low?: true;
  /** Seeds that are tried: more than one where bits are drawn. */
  readonly seeds?: number;
  /** Leaves the board running, and is followed by a second fault within the next operations. */
  readonly nests?: true;
  /** Like another kind in all but what the first depth and the draws tell apart. */
  readonly shallow?: true;
}

export type FaultName =
  | 'cut-before'
  | 'cut-after'
  | 'torn-old'
  | 'torn-new'
  | 'torn-mixed'
  | 'torn-noise'
  | 'torn-flickers'
  | 'torn-fails'
  | 'torn-fades'
  | 'torn-comes'
  | 'torn-blinks'
  | 'torn-whole'
  | 'torn-watchdog'
  | 'erase-old'
  | 'erase-erased'
  | 'erase-mixed'
  | 'erase-noise'
  | 'erase-flickers'
  | 'erase-fails'
  | 'erase-fades'
  | 'erase-comes'
  | 'erase-blinks'
  | 'erase-watchdog'
  | 'reset-brownout'
  | 'reset-pin'
  | 'reset-wake'
  | 'reset-requested'
  | 'reset-watchdog'
  | 'reset-crash'
  | 'reset-unknown'
  | 'program-ignored'
  | 'erase-ignored'
  | 'supply-low'
  | 'unit-silent'
  | 'unit-ecc'
  | 'unit-refused'
  | 'unit-later'
  | 'sector-unerasable'
  | 'sector-stuck';

/** The order is that of the tables printed. */
const KINDS: Readonly<Record<FaultName, Kind>> = {
  'cut-before': { on: 'any', stops: 'before' },
  'cut-after': { on: 'any', stops: 'after' },
  'torn-old': { on: 'program', stops: 'inside', torn: 'old' },
  'torn-new': { on: 'program', stops: 'inside', torn: 'new' },
  'torn-mixed': { on: 'program', stops: 'inside', torn: 'mixed', seeds: 2 },
  'torn-noise': { shallow: true, on: 'program', stops: 'inside', torn: 'noise' },
  'torn-flickers': { on: 'program', stops: 'inside', torn: 'mixed', reads: 'flicker', seeds: 2 },
  'torn-fails': { on: 'program', stops: 'inside', torn: 'mixed', reads: 'fails' },
  'torn-fades': { on: 'program', stops: 'inside', torn: 'new', reads: 'fades' },
  'torn-comes': { on: 'program', stops: 'inside', torn: 'old', reads: 'comes' },
  'torn-blinks': { on: 'program', stops: 'inside', torn: 'new', reads: 'blinks' },
  // A page is programmed as one on some parts: any unit of it may be torn, not just one.
  'torn-whole': {
    shallow: true,
    on: 'program',
    stops: 'inside',
    torn: 'mixed',
    reads: 'flicker',
    whole: true,
  },
  'torn-watchdog': {
    shallow: true,
    on: 'program',
    stops: 'inside',
    torn: 'mixed',
    reads: 'flicker',
    cause: Reset.Watchdog,
  },
  'erase-old': { on: 'erase', stops: 'inside', erase: 'old' },
  'erase-erased': { on: 'erase', stops: 'inside', erase: 'erased' },
  'erase-mixed': { on: 'erase', stops: 'inside', erase: 'mixed', seeds: 3 },
  'erase-noise': { shallow: true, on: 'erase', stops: 'inside', erase: 'noise' },
  'erase-flickers': { on: 'erase', stops: 'inside', erase: 'mixed', reads: 'flicker', seeds: 2 },
  'erase-fails': { on: 'erase', stops: 'inside', erase: 'mixed', reads: 'fails' },
  'erase-fades': { on: 'erase', stops: 'inside', erase: 'erased', reads: 'fades' },
  'erase-comes': { on: 'erase', stops: 'inside', erase: 'old', reads: 'comes' },
  'erase-blinks': { on: 'erase', stops: 'inside', erase: 'old', reads: 'blinks' },
  'erase-watchdog': {
    shallow: true,
    on: 'erase',
    stops: 'inside',
    erase: 'mixed',
    reads: 'flicker',
    cause: Reset.Watchdog,
  },
  'reset-brownout': { on: 'any', stops: 'before', shallow: true, cause: Reset.BrownOut },
  'reset-pin': { on: 'any', stops: 'before', shallow: true, cause: Reset.Pin },
  'reset-wake': { on: 'any', stops: 'before', shallow: true, cause: Reset.Wake },
  'reset-requested': { on: 'any', stops: 'before', shallow: true, cause: Reset.Requested },
  'reset-watchdog': { on: 'any', stops: 'before', cause: Reset.Watchdog },
  'reset-crash': { on: 'any', stops: 'before', shallow: true, cause: Reset.Crash },
  'reset-unknown': { on: 'any', stops: 'before', shallow: true, cause: Reset.Unknown },
  'program-ignored': { on: 'program', ignored: true, nests: true },
  'erase-ignored': { on: 'erase', ignored: true, nests: true },
  // nRF52: while the power-fail comparator warns, the flash controller takes nothing.
  'supply-low': { on: 'any', low: true, nests: true },
  'unit-silent': { on: 'program', bad: 'silent', nests: true },
  'unit-ecc': { on: 'program', bad: 'ecc' },
  'unit-refused': { on: 'program', bad: 'refused' },
  'unit-later': { on: 'program', bad: 'later' },
  'sector-unerasable': { on: 'erase', bad: 'unerasable', nests: true },
  'sector-stuck': { on: 'erase', bad: 'stuck' },
};

export const FAULT_NAMES: readonly FaultName[] = Object.keys(KINDS) as FaultName[];

export interface Fault {
  readonly name: FaultName;
  /** Which program unit of the operation, where the kind is about one. */
  readonly unit: number;
  readonly seed: number;
}

export const kindOf = (fault: Fault): Kind => KINDS[fault.name];

/** Whether the board goes on in the same power cycle. */
export const goesOn = (fault: Fault): boolean => kindOf(fault).stops === undefined;

/** Whether what the fault leaves differs with the unit or the bits: all such faults of one operation may look alike. */
export const tears = (fault: Fault): boolean => kindOf(fault).stops === 'inside';

export interface FaultScope {
  /** Only these kinds. Default all. */
  readonly only?: ReadonlySet<FaultName> | undefined;
  /** Whether a fault may leave the board running, and every cause of a reset and every seed are tried. */
  readonly wide: boolean;
  /**
   * Program units tried in an operation with more: the first, the last, and others drawn in between. Infinity: all.
   */
  readonly units: number;
  readonly seed: number;
}

/** Units of an operation that are tried: all where there are few. */
const unitsOf = (operation: Operation, scope: FaultScope): readonly number[] => {
  const last = operation.units - 1;
  if (operation.units <= scope.units) return Array.from({ length: operation.units }, (_, unit) => unit);
  // The last one decides whether the whole reads as right; at the first, hardly anything has come.
  const units = new Set(scope.units > 2 ? [last, 0] : [last]);
  let draw = (scope.seed * 2654435761 + operation.offset) >>> 0;
  while (units.size < scope.units) {
    draw = (Math.imul(draw, 1664525) + 1013904223) >>> 0;
    units.add(1 + (draw % (last - 1)));
  }
  return [...units];
};

/** All faults of one operation, within a scope. */
export function* faultsOf(operation: Operation, scope: FaultScope): Generator<Fault> {
  const units = operation.kind === 'program' ? unitsOf(operation, scope) : [0];
  for (const name of FAULT_NAMES) {
    const kind = KINDS[name];
    if (scope.only !== undefined && !scope.only.has(name)) continue;
    if (kind.on !== 'any' && kind.on !== operation.kind) continue;
    if (!scope.wide && (kind.stops === undefined || kind.shallow === true)) continue;
    const some =
      kind.bad !== undefined || (kind.stops === 'inside' && kind.on === 'program' && kind.whole !== true);
    // A worn unit is looked for where it hurts: at the ends and in the middle.
    const places = !some
      ? [0]
      : kind.bad === undefined
        ? units
        : [...new Set([units[0]!, units[units.length >> 1]!, units[units.length - 1]!])];
    for (const unit of places) {
      for (let seed = 1; seed <= (scope.wide ? (kind.seeds ?? 1) : 1); seed++) yield { name, unit, seed };
    }
  }
}

/** One fault in the life that follows the one before: at which flash operation of it. */
export interface Planned {
  readonly operation: number;
  readonly fault: Fault;
  /** It befell a bootloader of another make, or records of its own that it cannot read torn: what comes is its flaw. */
  readonly foreign?: boolean | undefined;
}

/** What a replay takes: `operation:kind@unit#seed`, one after another with `/` between. */
export const traceText = (trace: readonly Planned[]): string =>
  trace.map(({ operation, fault: { name, unit, seed } }) => `${operation}:${name}@${unit}#${seed}`).join('/');

const ONE = /^(\d+):([a-z-]+)@(\d+)#(\d+)$/;

export const traceParse = (text: string): Planned[] =>
  text.split('/').map((one) => {
    const found = ONE.exec(one);
    const name = found?.[2] as FaultName | undefined;
    if (found === null || name === undefined || !FAULT_NAMES.includes(name)) {
      throw new Error(
        `"${one}" is no fault: it reads operation:kind@unit#seed, with a kind of ${FAULT_NAMES.join(', ')}`,
      );
    }
    return {
      operation: Number(found[1]),
      fault: { name, unit: Number(found[3]), seed: Number(found[4]) },
    };
  });
