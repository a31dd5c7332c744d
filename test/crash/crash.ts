/** `npm run crash`: explores faults over scenarios and boards, and shows that planted faults are found. */
import { Command, CommanderError } from 'commander';
import { MultiBar, Presets } from 'cli-progress';
import { instanceOf, replay, traceParse } from '../../bootloader-sim/crash/index.ts';
import type { Done, Job } from './job.ts';
import { stockOn } from './images.ts';
import { mutantBundle } from './mutant-build.ts';
import { mutants } from './mutants.ts';
import { boardOf, instanceFrom, scenarioOf } from './named.ts';
import { planOf } from './plan.ts';
import { runAll } from './pool.ts';
import { document, failed, tables } from './tables.ts';

interface Options {
  readonly json?: true;
  readonly full?: true;
  readonly board: string[];
  readonly scenario: string[];
  readonly mutants: boolean;
  readonly mutant?: string;
  readonly agent?: string;
  readonly every: string;
  readonly seed: string;
  readonly workers?: string;
  readonly replay?: string;
}

const EXIT_BROKEN = 1;
const EXIT_USAGE = 2;
const collect = (value: string, list: string[]): string[] => [...list, value];

const positive = (text: string, option: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${option} takes a whole number from 1, not "${text}"`);
};

/** Shows one trace, fault by fault, on the agent as it is or with a mutant in it. */
const show = async (options: Options): Promise<boolean> => {
  const [board, scenario] = [options.board[0], options.scenario[0]];
  if (board === undefined || scenario === undefined)
    throw new Error('--replay needs --board and --scenario: which ones stands beside the trace');
  const mutant = mutants.find(({ name }) => name === options.mutant);
  if (options.mutant !== undefined && mutant === undefined)
    throw new Error(`no mutant "${options.mutant}"; there are ${mutants.map(({ name }) => name).join(', ')}`);
  const profile = await boardOf(board);
  const given = {
    profile,
    scenario: await scenarioOf(scenario),
    stock: stockOn(profile),
    instance: mutant === undefined ? instanceFrom(options.agent) : instanceOf(await mutantBundle(mutant)),
    trace: options.replay === '' ? [] : traceParse(options.replay!),
  };
  return replay(given, (words) => console.log(words)) === undefined;
};

const sweep = async (options: Options): Promise<boolean> => {
  const jobs = await planOf({
    full: options.full === true,
    boards: options.board,
    scenarios: options.scenario,
    mutants:
      options.mutants && options.agent === undefined && options.board.length + options.scenario.length === 0,
    agent: options.agent,
    every: positive(options.every, 'every'),
    seed: positive(options.seed, 'seed'),
  });
  const done: Done[] = [];
  const began = performance.now();
  let states = 0;
  const bars = new MultiBar(
    {
      format: '{bar} {value}/{total} jobs, {states} states, {eta_formatted} to go  {last}',
      stream: process.stderr,
      etaBuffer: 30,
      noTTYOutput: process.stderr.isTTY !== true,
      notTTYSchedule: 20_000,
    },
    Presets.shades_classic,
  );
  const bar = bars.create(jobs.length, 0, { states: 0, last: '' });
  try {
    await runAll(jobs, {
      workers: options.workers === undefined ? undefined : positive(options.workers, 'workers'),
      onStates: (atWork) => bar.update({ states: states + atWork }),
      onDone(job: Job, result: Done) {
        done.push(result);
        states += result.kind === 'sweep' ? result.states : result.hunted.states;
        bar.increment(1, {
          states,
          last: job.kind === 'sweep' ? `${job.scenario} on ${job.board}` : `mutant ${job.mutant}`,
        });
      },
    });
  } finally {
    bars.stop();
  }
  const seconds = (performance.now() - began) / 1000;
  const asked = { full: options.full === true, seconds };
  console.log(options.json ? JSON.stringify(document(done, asked)) : tables(done, asked));
  return !failed(done);
};

const program = new Command('crash')
  .exitOverride()
  .description('pulls the plug at every flash operation, tears it, wears it, and holds the board to its laws')
  .option('--json', 'one document on stdout')
  .option('--full', 'the whole: every unit, two faults in a row, three drawn; takes half an hour or more')
  .option('--board <name>', 'only this board, or one that a module exports, by its path', collect, [])
  .option('--scenario <name>', 'only this scenario, or one that a module exports, by its path', collect, [])
  .option('--no-mutants', 'leave out the planted faults')
  .option('--mutant <name>', 'with --replay: the planted fault to replay it with')
  .option('--replay <trace>', 'one trace, as a violation prints it')
  .option('--agent <script>', 'test this script, with the exports of dist/agent.bundle.js, in place of that')
  .option('--every <number>', 'of the second faults of a full run, every so manyth; 1: all, for hours', '8')
  .option('--seed <number>', 'draws other units and other chains', '1')
  .option('--workers <number>', 'threads; default: as many as there are processors')
  .addHelpText(
    'after',
    '\nExample:\n  npm run crash -- --board tiny --scenario resume\n\nExit code: 0 the laws hold and all mutants are found, 1 not so, 2 usage.',
  );

try {
  program.parse();
  const options = program.opts<Options>();
  const held = options.replay === undefined ? await sweep(options) : await show(options);
  if (!held) process.exitCode = EXIT_BROKEN;
} catch (error) {
  // commander has said it.
  const said = error instanceof CommanderError;
  if (!said) console.error(`crash: ${(error as Error).message}`);
  process.exitCode = said && error.exitCode === 0 ? 0 : EXIT_USAGE;
}
