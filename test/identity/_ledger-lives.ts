/** Random lives of a ledger on flash whose undefined places read differently at each boot. */
import { openLedger } from '../../hal/identity/index.ts';
import type { Ledger } from '../../hal/identity/index.ts';
import { Chain } from '../journal/_lives.ts';
import { UnstableFlash } from '../journal/_unstable-flash.ts';

const BOOTS = 25;

export interface LivesOptions {
  readonly sectors: number;
  /** Gives numbers out without a record that has them: what the test must find. */
  readonly hasty?: boolean;
}

export interface Lives {
  /** Seed, what went wrong, and the cuts, of each wrong life. */
  readonly wrong: readonly string[];
  /** Lives that ended at the one chain of cuts that no ledger survives. */
  readonly beyond: number;
  /** Numbers given out in all. */
  readonly given: number;
}

/** What is true of a life. */
interface Truth {
  highest: number;
  kept: number;
  meant: number;
  given: number;
}

const hurry = (ledger: Ledger): void => {
  const state = ledger as unknown as { numbers: number; number: number; leave: number };
  state.number = state.numbers;
  state.leave = state.numbers + 64;
};

/** One power cycle, up to its cut. What is wrong, or nothing. */
const boot = (flash: UnstableFlash, truth: Truth, hasty: boolean): string => {
  const ledger = openLedger({ partition: flash }, undefined);
  const seen = { sequence: 0, issued: 0 };
  ledger.seen(seen);
  if (seen.sequence < truth.kept) return `statement ${seen.sequence} after ${truth.kept} was kept`;
  if (seen.sequence > truth.meant) return `statement ${seen.sequence} was never to be kept`;
  if (hasty) hurry(ledger);
  for (let step = flash.below(6); step > 0; step--) {
    if (flash.below(3) > 0) {
      const number = ledger.next();
      if (number < 0) return '';
      if (number <= truth.highest) return `number ${number} after ${truth.highest}`;
      truth.highest = number;
      truth.given++;
    } else {
      truth.meant++;
      if (ledger.keep(truth.meant, truth.meant) < 0) return '';
      truth.kept = truth.meant;
    }
  }
  return '';
};

export const lives = (count: number, { sectors, hasty = false }: LivesOptions): Lives => {
  const wrong: string[] = [];
  let beyond = 0;
  let given = 0;
  for (let seed = 1; seed <= count; seed++) {
    const chain = new Chain(sectors);
    const flash = new UnstableFlash(sectors, seed, (where, sector, cut) => chain.told(where, sector, cut));
    const truth: Truth = { highest: 0, kept: 0, meant: 0, given: 0 };
    for (; chain.boot < BOOTS && !chain.beyond; chain.boot++) {
      flash.powerOn(flash.below(3) > 0 ? flash.below(9) : -1);
      const said = boot(flash, truth, hasty);
      if (said === '') continue;
      wrong.push(`seed ${seed}, boot ${chain.boot}: ${said}; cuts: ${chain.cuts.join(', ')}`);
      break;
    }
    if (chain.beyond) beyond++;
    given += truth.given;
  }
  return { wrong, beyond, given };
};
