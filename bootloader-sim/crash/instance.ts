/**
 * The code under test, made anew for each boot, so that nothing but the board goes from one boot to the next: a state
 * that outlives a simulated reset masks bugs.
 *
 * A new context for each boot would take most of the checker's time. Instead one context has its intrinsics frozen,
 * and the script is evaluated as the body of a function, anew in each boot: what it keeps, it keeps in that call.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import type { Flipside } from '../flipside.ts';

export type Instance = () => Flipside;

const freeze = new vm.Script(
  `(function () {
    'use strict';
    const seen = new Set();
    const freeze = (value) => {
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) {
        const own = Reflect.getOwnPropertyDescriptor(value, key);
        freeze(own.value); freeze(own.get); freeze(own.set);
      }
      freeze(Reflect.getPrototypeOf(value));
      Object.freeze(value);
    };
    freeze(globalThis);
    freeze(Reflect.getPrototypeOf(new Uint8Array(0)));
    freeze(Reflect.getPrototypeOf([][Symbol.iterator]()));
  })();`,
  { filename: 'freeze.js' },
);

const bundled = fileURLToPath(new URL('../../agent.bundle.js', import.meta.url));

/** `source`: a script whose global `flipside` is what agent/index.ts exports. Default: the one that the build makes. */
export const instanceOf = (source: string = readFileSync(bundled, 'utf8')): Instance => {
  // The global of a contextified object cannot be frozen.
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
  });
  const body = new vm.Script(`(function () {\n${source}\nreturn flipside;\n})`, { filename: 'agent.js' });
  const evaluate = body.runInContext(context) as Instance;
  freeze.runInContext(context);
  return evaluate;
};
