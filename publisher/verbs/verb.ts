import type { Command } from 'commander';
import type { Answer } from '../answer.ts';

/** What one verb of the command does. */
export interface Verb {
  /** Shown by --help; it works as it stands, after those of the verbs before it. */
  readonly example: string;
  /** Declares arguments and options. */
  define(command: Command): void;
  run(args: readonly string[], options: Readonly<Record<string, unknown>>): Answer | Promise<Answer>;
}

/** A verb in the table: known by name, and loaded only when it is asked for, as most of a short command is loading. */
export interface VerbRow {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Verb>;
}

/** A verb that is only the first of two words. */
export interface VerbGroup {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly verbs: readonly VerbRow[];
}
