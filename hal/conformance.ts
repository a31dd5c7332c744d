import type { Bench, Violation } from './conformance/bench.ts';
import type { FlashPort } from './ports.ts';
import { Rule, allow, expect, program, report, startOf, textOf } from './conformance/bench.ts';
import { checkStatus, choose, placesOf } from './conformance/geometry.ts';
import { eraseRules, readRules, refusalRules, writeOnceRule, writeRules } from './conformance/rules.ts';

export { Rule };
export type { Violation };

export interface ConformanceOptions {
  /**
   * The flash promises that a second program of a unit is refused or changes nothing. Without the promise (most NOR
   * flash clears further bits) it is not tried; the agent never relies on it.
   */
  readonly writeOnce?: boolean | undefined;
  /** `open` makes a new adapter over the same flash: what was written must still be there. */
  readonly reopen?: boolean | undefined;
  /** At most so many sectors are tried, with their neighbors; ends and seams of mixed ones first. Default 6. */
  readonly sectors?: number | undefined;
  /** Bytes of the largest single write, a multiple of the unit. Default 4096. */
  readonly largestWrite?: number | undefined;
}

/** Moddable's partitions do not say; hal/ports.ts fixes what silence means. */
const silentUnit = 4;

const benchOpen = (
  port: FlashPort,
  options: ConformanceOptions,
  violations: Violation[],
): Bench | undefined => {
  const status = port.partition.status();
  const unit = port.writeAlign ?? status.writeAlign ?? silentUnit;
  if (!checkStatus(port, status, unit, violations)) return undefined;
  const places = placesOf(port, status, unit, violations);
  if (violations.length > 0) return undefined;
  const largestWrite = options.largestWrite ?? 4096;
  return {
    port,
    partition: port.partition,
    unit,
    erased: port.eraseValue ?? status.eraseValue ?? 0xff,
    size: status.size,
    places,
    chosen: choose(places, options.sectors ?? 6),
    largestWrite: largestWrite - (largestWrite % unit),
    violations,
  };
};

/** Each sector tried gets its own pattern, so that one cannot stand in for another. */
const persistenceRule = (bench: Bench, open: () => FlashPort): void =>
  allow(bench, Rule.Persistence, 'open again', () => {
    for (const sector of bench.chosen) {
      bench.partition.eraseBlock(sector);
      program(bench, 10 + sector, startOf(bench, sector), startOf(bench, sector + 1));
    }
    bench.port = open();
    bench.partition = bench.port.partition;
    for (const sector of bench.chosen) {
      const from = startOf(bench, sector);
      expect(bench, Rule.Persistence, 'after open', 10 + sector, from, startOf(bench, sector + 1));
    }
  });

/**
 * Tries an adapter against the contract in hal/ports.ts. Empty: it conforms, as far as can be seen with the power on.
 * Each sector tried wears by some twenty erases, and its content is lost. An adapter that does not check bounds may do
 * harm outside of its partition.
 */
export const flashConformance = (open: () => FlashPort, options: ConformanceOptions): Violation[] => {
  const violations: Violation[] = [];
  let bench: Bench | undefined = undefined;
  try {
    bench = benchOpen(open(), options, violations);
  } catch (error) {
    report(violations, Rule.Status, `open, status or blockAt threw: ${textOf(error)}`);
  }
  if (bench === undefined) return violations;
  for (const sector of bench.chosen) {
    eraseRules(bench, sector);
    writeRules(bench, sector);
    readRules(bench, sector);
    if (options.writeOnce) writeOnceRule(bench, sector);
  }
  refusalRules(bench);
  if (options.reopen) persistenceRule(bench, open);
  return violations;
};
