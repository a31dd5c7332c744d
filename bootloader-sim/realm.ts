/**
 * A fresh JavaScript world per boot. Nothing in it outlives the boot: it is dropped whole, with its globals, its
 * timers that never were, and every object the last boot made.
 *
 * It holds what the engine of a microcontroller has, and `flipside`, the agent. Time and chance come from the board,
 * so that the same board does the same thing twice.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import type { Flipside } from './flipside.ts';

/** A script that did not end in `patience`: on a board the watchdog would have bitten. */
export class Hang extends Error {
  override readonly name = 'Hang';
  constructor() {
    super('the script does not end');
  }
}

export interface RealmOptions {
  /** The agent's bundle. Default: the one made by the build. */
  readonly bundle?: string | undefined;
  /** Milliseconds of real time after which a script counts as hung. Default 10 s: it must not be met by a busy machine. */
  readonly patience?: number | undefined;
  /** Seconds since 1970 as `Date` tells them. */
  readonly seconds: () => number;
  /** 0 <= n < 1, for Math.random. */
  readonly random: () => number;
  readonly print: (text: string) => void;
}

export interface Realm {
  /** The agent, as this realm evaluated it. */
  readonly flipside: Flipside;
  /** Runs a script; its completion value. Throws `Hang`, or what the script throws. */
  run(script: vm.Script): unknown;
  /** Runs a script of the simulator's own, which ends: no machine is too busy for it. */
  runOwn(script: vm.Script): unknown;
  /** Calls a function under the same time limit. */
  call<T>(work: () => T): T;
}

const PATIENCE = 10_000;

const compiled = new Map<string, vm.Script>();

/** Compiled once for the process; evaluated anew by each realm. */
const bundleScript = (file: string): vm.Script => {
  let script = compiled.get(file);
  if (script === undefined) {
    script = new vm.Script(readFileSync(file, 'utf8'), { filename: file });
    compiled.set(file, script);
  }
  return script;
};

const defaultBundle = fileURLToPath(new URL('../agent.bundle.js', import.meta.url));

/** Host functions are wrapped here, so that no object of the host, through which state could pass, comes within reach. */
const prelude = new vm.Script(
  `(function (seconds, random, print) {
    'use strict';
    for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'Intl'])
      delete globalThis[name];
    const Calendar = Date;
    globalThis.Date = class Date extends Calendar {
      constructor(...parts) {
        if (parts.length === 0) super(seconds() * 1000);
        else super(...parts);
      }
      static now() { return seconds() * 1000; }
    };
    Math.random = () => random();
    const say = (...words) => { print(words.map(String).join(' ')); };
    globalThis.console = { log: say, info: say, warn: say, error: say, debug: say };
  })`,
  { filename: 'prelude.js' },
);

/** The name under which a call passes through the realm; gone before the work begins. */
const PASSAGE = '__passage';
const passage = new vm.Script(`${PASSAGE}()`, { filename: 'call.js' });

export const realmOpen = (options: RealmOptions): Realm => {
  const timeout = options.patience ?? PATIENCE;
  const context = vm.createContext(Object.create(null), {
    microtaskMode: 'afterEvaluate',
    codeGeneration: { strings: false, wasm: false },
  });
  const run = (script: vm.Script): unknown => {
    try {
      return script.runInContext(context, { timeout });
    } catch (error) {
      throw (error as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
        ? new Hang()
        : error;
    }
  };
  const call = <T>(work: () => T): T => {
    context[PASSAGE] = () => {
      delete context[PASSAGE];
      return work();
    };
    return run(passage) as T;
  };
  const prepare = prelude.runInContext(context) as (...given: unknown[]) => void;
  prepare(options.seconds, options.random, options.print);
  bundleScript(options.bundle ?? defaultBundle).runInContext(context);
  const { flipside } = context as { flipside: Flipside };
  return { flipside, run, runOwn: (script) => script.runInContext(context), call };
};
