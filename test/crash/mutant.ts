/** A planted fault: one mistake an engineer could have made in agent/, to show that the crash checker sees it. */
export interface Mutant {
  readonly name: string;
  /** What goes wrong on a device; the field bug, where it models one. */
  readonly story: string;
  /** Replacements in what the build makes of agent/. `find` occurs once in the file. */
  readonly patches: readonly Patch[];
  /** Where it is most likely to show. */
  readonly hint: Hint;
}

export interface Patch {
  /** Below dist/agent/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Hint {
  readonly scenario: string;
  readonly board: string;
  /** What it takes to see it. Absent: nothing fails, or one cut that leaves stable bits. */
  readonly fault?: string;
}
