/** What is chosen when a board is made: options, and their bounds. */
import type { Settings } from '../build/flash.ts';
import { Exit, PublishError } from '../../../publisher/errors.ts';
import { choice, numberParse, optionalNumber } from '../../../publisher/verbs/values.ts';
import type { Options } from '../../../publisher/verbs/values.ts';

type Chosen = 'slotSectors' | 'writeUnit' | 'watchdog' | 'ram' | 'arena' | 'stack';
export type BoardSettings = Pick<Settings, Chosen | 'clock'>;

interface NumberRow {
  readonly name: Chosen;
  readonly option: string;
  readonly value: string;
  readonly about: string;
  readonly otherwise: string;
  readonly least: number;
  readonly most: number;
  /** What it must be a multiple of. */
  readonly step: number;
}

const KIB = 1024;
/** Bytes of a slot of the engine. */
const ENGINE_SLOT = 16;

/** A bank has 128 sectors, three of them the journal; RAM as board/memory.ld has it. */
export const NUMBERS: readonly NumberRow[] = [
  {
    name: 'slotSectors',
    option: 'slot-sectors',
    value: '<n>',
    about: 'erase sectors of 256 KiB in a slot',
    otherwise: '4',
    least: 1,
    most: 62,
    step: 1,
  },
  {
    name: 'writeUnit',
    option: 'write-unit',
    value: '<bytes>',
    about: 'program unit: 4, 8, 16 or 32',
    otherwise: '4',
    least: 4,
    most: 32,
    step: 4,
  },
  {
    name: 'watchdog',
    option: 'watchdog',
    value: '<seconds>',
    about: 'bites after so long; 0: none',
    otherwise: '30',
    least: 0,
    most: 3600,
    step: 1,
  },
  {
    name: 'ram',
    option: 'ram',
    value: '<bytes>',
    about: 'RAM of the machine',
    otherwise: '128k',
    least: 32 * KIB,
    most: 16 * KIB * KIB,
    step: KIB,
  },
  {
    name: 'arena',
    option: 'arena',
    value: '<bytes>',
    about: 'of it, for the engine: slots, chunks, stack',
    otherwise: '64k',
    least: 16 * KIB,
    most: 16 * KIB * KIB,
    step: ENGINE_SLOT,
  },
  {
    name: 'stack',
    option: 'stack',
    value: '<slots>',
    about: `stack of the engine, in slots of ${ENGINE_SLOT} bytes`,
    otherwise: '640',
    least: 64,
    most: KIB * KIB,
    step: 1,
  },
];

/** In the order of their numbers in board/board.h. */
const CLOCKS = ['none', 'uptime', 'trusted'] as const;

const wrong = (what: string, option: string, remedy: string): PublishError =>
  new PublishError(what, { field: `--${option}`, remedy, exit: Exit.Usage });

const numberOf = (options: Options, { option, otherwise, least, most, step }: NumberRow): number => {
  const value = optionalNumber(options, option) ?? numberParse(otherwise, option);
  if (value >= least && value <= most && value % step === 0) return value;
  const multiple = step === 1 ? '' : `, a multiple of ${step}`;
  throw wrong(`${value} is out of range`, option, `Give ${least} to ${most}${multiple}`);
};

export const settingsOf = (options: Options): BoardSettings => {
  const settings = {
    ...(Object.fromEntries(NUMBERS.map((row) => [row.name, numberOf(options, row)])) as Record<
      Chosen,
      number
    >),
    clock: CLOCKS.indexOf(choice(options, 'clock', CLOCKS, 'uptime')),
  };
  const { writeUnit, arena, ram, stack } = settings;
  if (![4, 8, 16, 32].includes(writeUnit))
    throw wrong(`${writeUnit} is not a program unit`, 'write-unit', 'Give 4, 8, 16 or 32');
  if (!(arena < ram))
    throw wrong(`${arena} bytes of ${ram} bytes of RAM`, 'arena', 'Give less, or more --ram');
  if (!(stack * ENGINE_SLOT < arena))
    throw wrong(`${stack} slots in an arena of ${arena} bytes`, 'stack', 'Give less, or more --arena');
  return settings;
};
