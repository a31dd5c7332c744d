import type { Command } from 'commander';
import type { Answer } from '../answer.ts';

/** One verb of the command. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** Shown by --help; it works as it stands, after those of the verbs before it. */
  readonly example: string;
  /** Declares arguments and options. */
  define(command: Command): void;
  run(args: readonly string[], options: Readonly<Record<string, unknown>>): Answer | Promise<Answer>;
}

/** A verb that is only the first of two words. */
export interface VerbGroup {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly verbs: readonly Verb[];
}
