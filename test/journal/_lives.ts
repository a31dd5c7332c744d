/**
 * Random lives of a journal on flash whose undefined areas read differently at each boot. A life goes wrong when a boot
 * finds a state older than one that was acted on before, or a name other than that of the range last touched.
 */
import { journalLoad, journalName, journalOpen, journalSave, journalSealed } from '../../agent/journal.ts';
import type { Journal } from '../../agent/journal.ts';
import { UnstableFlash } from './_unstable-flash.ts';
import { stateView } from '../../hal/node/state-view.ts';

const BOOTS = 25;
const RANGE = 4096;

export interface Life {
  /** What went wrong, or empty. */
  readonly wrong: string;
  /**
   * Whether the life ended at the one chain of cuts that no three sectors survive: see `Chain`. What comes after is
   * not judged.
   */
  readonly beyond: boolean;
  /** Each cut: boot, sector, operation. */
  readonly cuts: readonly string[];
}

export interface LifeOptions {
  readonly seed: number;
  readonly sectors: number;
  /** What the life takes for leave to act. Default: the journal's own word. */
  readonly sealed?: (journal: Journal) => boolean;
  /** Whether the life goes on after the chain. Default false. */
  readonly goesOn?: boolean;
}

/**
 * Cuts in the first seal of sectors - 1 fresh sectors in a row, no fresh sector having got past its first seal between
 * them: then each sector may hold the last state that was acted on. The journal gives the oldest up; one more cut,
 * before the first seal of the sector that takes its place is whole, is beyond what it can survive.
 */
export class Chain {
  readonly cuts: string[] = [];
  beyond = false;
  boot = 0;
  #row = 0;
  readonly #sectors: number;

  constructor(sectors: number) {
    this.#sectors = sectors;
  }

  told(where: 'erase' | number, sector: number, cut: boolean): void {
    if (cut)
      this.cuts.push(`boot ${this.boot}: sector ${sector} ${where === 'erase' ? where : `record ${where}`}`);
    if (cut && (where === 'erase' || where <= 1) && this.#row >= this.#sectors - 1) this.beyond = true;
    if (where === 1) this.#row = cut ? this.#row + 1 : 0;
    else if (where === 2) this.#row = 0;
  }
}

/** What a life knows to be true. */
interface Truth {
  /** The newest state that was acted on. */
  acted: number;
  /** The newest state that was ever to be written. */
  meant: number;
  /** Names that may be found: that of the range last touched, and those that were being written when power went. */
  names: Set<number>;
  lastName: number;
}

const save = (journal: Journal, truth: Truth, accepted: number): boolean => {
  stateView(journal.state).accepted = accepted;
  truth.meant = Math.max(truth.meant, accepted);
  if (journalSave(journal) < 0) return false;
  truth.acted = accepted;
  return true;
};

const name = (journal: Journal, truth: Truth, offset: number): boolean => {
  truth.names.add(offset);
  if (journalName(journal, 0, offset, RANGE) < 0) return false;
  truth.names = new Set([offset]);
  return true;
};

/** One power cycle, up to its cut. Returns what is wrong with what it found. */
const boot = (flash: UnstableFlash, truth: Truth, sealed: (journal: Journal) => boolean): string => {
  const journal = journalOpen({ partition: flash }, undefined);
  const found = journalLoad(journal) === 0;
  const { accepted, nameOffset } = stateView(journal.state);
  if (accepted < truth.acted) return `state ${accepted} after ${truth.acted} was acted on`;
  if (accepted > truth.meant) return `state ${accepted} was never written`;
  if (!truth.names.has(nameOffset)) return `name ${nameOffset}, not ${[...truth.names].join(' or ')}`;
  if (found && sealed(journal)) truth.acted = accepted;
  else if (!save(journal, truth, accepted)) return '';
  // As the session does: the range found is named again before it is erased again.
  if (nameOffset > 0 && flash.below(2) > 0 && !name(journal, truth, nameOffset)) return '';
  for (let step = flash.below(4); step > 0; step--) {
    const done =
      flash.below(2) > 0
        ? name(journal, truth, (truth.lastName += RANGE))
        : save(journal, truth, truth.meant + 1);
    if (!done) return '';
  }
  return '';
};

export const life = (options: LifeOptions): Life => {
  const { seed, sectors, sealed = journalSealed, goesOn = false } = options;
  const chain = new Chain(sectors);
  const flash = new UnstableFlash(sectors, seed, (where, sector, cut) => chain.told(where, sector, cut));
  const truth: Truth = { acted: 0, meant: 0, names: new Set([0]), lastName: 0 };
  for (; chain.boot < BOOTS && (goesOn || !chain.beyond); chain.boot++) {
    flash.powerOn(flash.below(3) > 0 ? flash.below(9) : -1);
    const wrong = boot(flash, truth, sealed);
    if (wrong !== '') {
      return { wrong: `boot ${chain.boot}: ${wrong}`, beyond: chain.beyond, cuts: chain.cuts };
    }
  }
  return { wrong: '', beyond: chain.beyond, cuts: chain.cuts };
};

export interface Lives {
  /** Seed, sectors, what went wrong, and the cuts, of each wrong life. */
  readonly wrong: readonly string[];
  readonly beyond: number;
}

export const lives = (count: number, options: Omit<LifeOptions, 'seed'>): Lives => {
  const wrong: string[] = [];
  let beyond = 0;
  for (let seed = 1; seed <= count; seed++) {
    const told = life({ ...options, seed });
    if (told.beyond) beyond++;
    if (told.wrong !== '')
      wrong.push(`seed ${seed}, ${options.sectors} sectors, ${told.wrong}; cuts: ${told.cuts.join(', ')}`);
  }
  return { wrong, beyond };
};
