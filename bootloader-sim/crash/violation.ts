/** A law is broken: by its name in invariants.ts, and in words. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;
  constructor(invariant: string, words: string) {
    super(words);
    this.invariant = invariant;
  }
}
