import type { BlockPlace, FlashPort, FlashStatus } from '../ports.ts';
import type { Violation } from './bench.ts';
import { Rule, report } from './bench.ts';

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 1 && value < 4294967296 && Math.floor(value) === value;

/** Whether the rest can be tried at all. */
export const checkStatus = (
  port: FlashPort,
  status: FlashStatus,
  unit: number,
  violations: Violation[],
): boolean => {
  const before = violations.length;
  const erased = port.eraseValue ?? status.eraseValue ?? 0xff;
  if (!isCount(status.size)) report(violations, Rule.Status, `size is ${status.size}`);
  if (!isCount(status.blocks)) report(violations, Rule.Status, `blocks is ${status.blocks}`);
  if (!isCount(status.blockLength)) report(violations, Rule.Status, `blockLength is ${status.blockLength}`);
  if (!isCount(unit)) report(violations, Rule.Status, `writeAlign is ${unit}`);
  if (erased !== 0xff && erased !== 0) report(violations, Rule.Status, `eraseValue is ${erased}`);
  if (violations.length > before) return false;
  if (status.blockLength % unit !== 0) {
    report(violations, Rule.Status, `units of ${unit} do not fill sectors of ${status.blockLength}`);
  }
  if (!port.blockAt && status.size !== status.blocks * status.blockLength) {
    report(
      violations,
      Rule.Status,
      `${status.blocks} sectors of ${status.blockLength} are not ${status.size} bytes, and there is no blockAt`,
    );
  }
  return violations.length === before;
};

const samePlace = (one: BlockPlace, other: BlockPlace): boolean =>
  one.block === other.block && one.offset === other.offset && one.length === other.length;

/** All sectors; as far as they make sense, when they do not. */
export const placesOf = (
  port: FlashPort,
  status: FlashStatus,
  unit: number,
  violations: Violation[],
): BlockPlace[] => {
  const places: BlockPlace[] = [];
  const blockAt = port.blockAt;
  let largest = 0;
  let offset = 0;
  for (let block = 0; block < status.blocks; block++) {
    const wanted = { block, offset, length: status.blockLength };
    const place = blockAt ? blockAt(offset) : wanted;
    const fits = isCount(place.length) && place.length % unit === 0 && offset + place.length <= status.size;
    if (place.block !== block || place.offset !== offset || !fits) {
      report(
        violations,
        Rule.Blocks,
        `at ${offset}: sector ${place.block} from ${place.offset}, length ${place.length}, where ${block} begins`,
      );
      return places;
    }
    if (blockAt && !samePlace(blockAt(offset + place.length - 1), place)) {
      report(violations, Rule.Blocks, `the last byte of sector ${block} is said to be in another`);
      return places;
    }
    places.push(place);
    offset += place.length;
    if (place.length > largest) largest = place.length;
  }
  if (offset !== status.size) report(violations, Rule.Blocks, `sectors end at ${offset}, not ${status.size}`);
  if (largest !== status.blockLength) {
    report(violations, Rule.Blocks, `the largest sector is ${largest}, not ${status.blockLength}`);
  }
  return places;
};

/** First and last, then those at seams between lengths, then those beside the ends: at most `cap`. */
export const choose = (places: BlockPlace[], cap: number): number[] => {
  const last = places.length - 1;
  const wanted = [0, last];
  for (let sector = 1; sector <= last; sector++) {
    const one = places[sector - 1] as BlockPlace;
    const other = places[sector] as BlockPlace;
    if (one.length !== other.length) wanted.push(sector - 1, sector);
  }
  wanted.push(1, last - 1, Math.floor(last / 2));
  const chosen: number[] = [];
  for (const sector of wanted) {
    const known = sector < 0 || sector > last || chosen.indexOf(sector) >= 0;
    if (!known && chosen.length < cap) chosen.push(sector);
  }
  return chosen;
};
