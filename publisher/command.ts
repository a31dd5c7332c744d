/** A command of verbs: reads the arguments, runs a verb, prints its answer, sets the exit code. */
import { Command, CommanderError } from 'commander';
import colors from 'picocolors';
import { DocumentVersion } from './answer.ts';
import type { Answer } from './answer.ts';
import { Exit, PublishError } from './errors.ts';
import type { Verb, VerbGroup, VerbRow } from './verbs/verb.ts';

const { stdout, stderr } = process;

export interface CommandOptions {
  /** How it is called: shown in the help. */
  readonly name: string;
  /** Stands before its errors. */
  readonly short: string;
  readonly description: string;
  readonly version: string;
  readonly verbs: readonly (VerbRow | VerbGroup)[];
}

const print = (command: string, json: boolean, answer: Answer): void => {
  const document = { version: DocumentVersion, command, rows: answer.rows };
  stdout.write(
    json ? `${JSON.stringify(document, null, 2)}\n` : answer.text === '' ? '' : `${answer.text}\n`,
  );
  process.exitCode = answer.exit ?? Exit.Done;
};

const exitOf = (error: unknown): number => {
  if (error instanceof PublishError) return error.exit;
  return (error as NodeJS.ErrnoException).syscall === undefined ? Exit.Refused : Exit.InputOutput;
};

const fail = (short: string, command: string, json: boolean, error: unknown): void => {
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(`${colors.red(short)} ${command}: ${message}\n`);
  const exit = exitOf(error);
  const about = error instanceof PublishError ? error : undefined;
  const facts = {
    message,
    file: about?.file ?? null,
    field: about?.field ?? null,
    remedy: about?.remedy ?? null,
    exit,
  };
  if (json)
    stdout.write(
      `${JSON.stringify({ version: DocumentVersion, command, rows: [], error: facts }, null, 2)}\n`,
    );
  process.exitCode = exit;
};

/** commander has said it on stderr; a program that reads stdout gets its document too. */
const usageDocument = (program: Command, what: string): void => {
  const command = program.args[0] ?? '';
  const message = what.replace(/^error: /, '');
  const error = {
    message,
    file: null,
    field: null,
    remedy: `${program.name()} ${command} --help`,
    exit: Exit.Usage,
  };
  stdout.write(`${JSON.stringify({ version: DocumentVersion, command, rows: [], error }, null, 2)}\n`);
};

const exampleText = ({ example }: { readonly example: string }): string => `\nExample:\n  ${example}`;

const define = (short: string, command: Command, name: string, verb: Verb): void => {
  command.addHelpText('after', exampleText(verb));
  verb.define(command);
  command.option('--json', 'prints one JSON document on stdout');
  command.action(async (...given: unknown[]) => {
    const own = given.at(-1) as Command;
    const options = own.opts();
    const json = options['json'] === true;
    try {
      print(name, json, await verb.run(own.args, options));
    } catch (error) {
      fail(short, name, json, error);
    }
  });
};

/** Those that the words name. Without any it is help that is wanted, and that shows the arguments of all. */
const asked = <Row extends { readonly name: string }>(
  rows: readonly Row[],
  words: readonly string[],
): Row[] => {
  const named = rows.filter(({ name }) => words.includes(name));
  return named.length > 0 ? named : [...rows];
};

/** Lists all rows; loads those that are asked for. */
const add = async (
  short: string,
  program: Command,
  rows: readonly (VerbRow | VerbGroup)[],
  words: readonly string[],
  before = '',
): Promise<void> => {
  const wanted = asked(rows, words);
  for (const row of rows) {
    const command = program.command(row.name).description(row.summary);
    const name = `${before}${row.name}`;
    if ('verbs' in row) command.addHelpText('after', exampleText(row));
    if (!wanted.includes(row)) continue;
    if ('verbs' in row) await add(short, command, row.verbs, words, `${name} `);
    else define(short, command, name, await row.load());
  }
};

/** The words before the first option: a verb is among them, or nowhere. */
const leadingWords = (given: readonly string[]): readonly string[] => {
  const end = given.findIndex((word) => word.startsWith('-'));
  return end < 0 ? given : given.slice(0, end);
};

export const commandRun = async (options: CommandOptions): Promise<void> => {
  const program = new Command(options.name)
    .description(options.description)
    .version(options.version)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride();
  program.addHelpText('after', '\nExit code: 0 done, 1 refused or check failed, 2 usage, 3 input or output.');
  await add(options.short, program, options.verbs, leadingWords(process.argv.slice(2)));
  // A reader that has seen enough (head, less) closes the pipe; that is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? Exit.Done : Exit.Usage;
    if (error.exitCode !== 0 && process.argv.includes('--json')) usageDocument(program, error.message);
  }
};
