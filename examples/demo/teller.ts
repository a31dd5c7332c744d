/** Tells the story: to a person as text, to a program as data. */
import colors from 'picocolors';

export type Fact = string | number | boolean;

export interface Step {
  readonly act: string;
  readonly step: number;
  readonly title: string;
  ok: boolean;
  milliseconds: number;
  readonly facts: Record<string, Fact>;
  error?: string;
}

export interface Telling {
  /** States a fact. */
  fact(name: string, value: Fact): void;
  /** Shows something that is for people only. */
  show(text: string): void;
  /** States what must be so; anything else fails the step. */
  expect<T extends Fact>(name: string, value: T, wanted: T): void;
  /** The same for what is not a comparison with one value. */
  must(holds: boolean, what: string): void;
}

export interface Teller {
  readonly steps: readonly Step[];
  act(name: string, introduction: string): void;
  step(title: string, work: (tell: Telling) => Promise<void>): Promise<void>;
  print(text: string): void;
  /** One line that is overwritten by the next, where a person looks on. */
  live(text: string): void;
}

const eraseLine = '\r\u001b[2K';
const labelWidth = 32;

export const thousands = (value: number): string => value.toLocaleString('en-US');

const indent = (text: string): string => text.replace(/^(?=.)/gm, '    ');

const tellingOf = (step: Step, print: (text: string) => void): Telling => {
  const fact = (name: string, value: Fact): void => {
    step.facts[name] = value;
    const text = typeof value === 'number' ? thousands(value) : String(value);
    print(indent(`${colors.dim(name.padEnd(labelWidth))}${text}`));
  };
  return {
    fact,
    show: (text) => print(indent(text)),
    expect(name, value, wanted) {
      fact(name, value);
      if (value !== wanted) throw new Error(`${name}: ${value} instead of ${wanted}`);
    },
    must(holds, what) {
      if (!holds) throw new Error(`not so: ${what}`);
    },
  };
};

/** `quiet`: keeps the steps, prints nothing. */
export const tellerOpen = (quiet: boolean): Teller => {
  const steps: Step[] = [];
  let act = '';
  const terminal = !quiet && process.stdout.isTTY;
  const print = (text: string): void => {
    if (!quiet) process.stdout.write(`${terminal ? eraseLine : ''}${text}\n`);
  };
  return {
    steps,
    print,
    live(text) {
      if (terminal) process.stdout.write(`${eraseLine}${indent(text)}`);
    },
    act(name, introduction) {
      act = name;
      print(`\n${colors.bold(colors.inverse(` ${name} `))}  ${introduction}`);
    },
    async step(title, work) {
      const step: Step = { act, step: steps.length + 1, title, ok: false, milliseconds: 0, facts: {} };
      steps.push(step);
      print(`\n${colors.bold(`${String(step.step).padStart(2)}  ${title}`)}`);
      const begun = performance.now();
      try {
        await work(tellingOf(step, print));
        step.ok = true;
      } catch (error) {
        step.error = error instanceof Error ? error.message : String(error);
        print(indent(colors.red(`NOT as it should be: ${step.error}`)));
        throw error;
      } finally {
        step.milliseconds = Math.round(performance.now() - begun);
      }
      print(indent(colors.green('as it should be')));
    },
  };
};
