/**
 * A realm in which every typed array, array buffer and view is counted. The agent runs in it, the ports outside: what is
 * counted is the agent's.
 */
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import type * as agentModule from '../agent/index.ts';
import type * as inflateModule from '../hal/inflate.ts';

export interface Allocations {
  /** Typed arrays and array buffers with memory of their own. */
  buffers: number;
  bytes: number;
  /** Views on memory that was there: subarray, DataView. */
  views: number;
}

export type Contents = typeof agentModule & typeof inflateModule;

export interface CountingRealm {
  readonly flipside: Contents;
  readonly Uint8Array: Uint8ArrayConstructor;
  readonly allocations: Allocations;
}

const CONSTRUCTORS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
];
const COPIES = ['slice', 'map', 'filter', 'toReversed', 'toSorted', 'with'];

type Globals = Record<string, unknown>;
type Method = (this: { byteLength: number }, ...rest: unknown[]) => { byteLength: number };

const isBuffer = (value: unknown): boolean =>
  /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));

const countConstructors = (globals: Globals, allocations: Allocations): void => {
  for (const name of CONSTRUCTORS) {
    const original = globals[name] as { new (...rest: unknown[]): { byteLength: number } };
    globals[name] = new Proxy(original, {
      construct(target, parameters: unknown[], newTarget) {
        const made = Reflect.construct(target, parameters, newTarget) as { byteLength: number };
        if (isBuffer(parameters[0])) allocations.views++;
        else {
          allocations.buffers++;
          allocations.bytes += made.byteLength;
        }
        return made;
      },
    });
  }
};

const countMethods = (globals: Globals, allocations: Allocations): void => {
  const sample = globals['Uint8Array'] as Uint8ArrayConstructor;
  const methods = Object.getPrototypeOf(sample.prototype) as Record<string, Method>;
  const { subarray } = methods;
  methods['subarray'] = function (...rest) {
    allocations.views++;
    return subarray!.apply(this, rest);
  };
  for (const name of COPIES) {
    const original = methods[name];
    if (original === undefined) continue;
    methods[name] = function (...rest) {
      const made = original.apply(this, rest);
      allocations.buffers++;
      allocations.bytes += made.byteLength;
      return made;
    };
  }
};

const root: string = fileURLToPath(new URL('../', import.meta.url));

const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from './agent/index.js'; export * from './hal/inflate.js';`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'flipside',
    platform: 'neutral',
    target: 'es2020',
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
};

export const countingRealm = async (): Promise<CountingRealm> => {
  const context = createContext({});
  const globals = runInContext('globalThis', context) as Globals;
  const allocations: Allocations = { buffers: 0, bytes: 0, views: 0 };
  countConstructors(globals, allocations);
  countMethods(globals, allocations);
  runInContext(await bundle(), context);
  return {
    flipside: globals['flipside'] as Contents,
    Uint8Array: globals['Uint8Array'] as Uint8ArrayConstructor,
    allocations,
  };
};
