/** Nothing but the board goes from one boot to the next. */
import test from 'ava';
import { instanceOf } from '../../bootloader-sim/crash/index.ts';
import { instance } from './_lead.ts';

/** A script of that body; what it returns stands where the agent would. */
const scriptOf = (body: string): (() => Record<string, () => unknown>) =>
  instanceOf(`var flipside = (() => { 'use strict'; ${body} })();`) as never;

test('each boot has a script of its own, and what it exports can be replaced in none but that', (t) => {
  const [one, other] = [instance(), instance()];
  t.not(one, other);
  t.not(one.openAgent, other.openAgent);
  t.not(one.Err, other.Err);
});

test('state of a module begins anew', (t) => {
  const make = scriptOf(
    'let count = 0; const list = []; return { next: () => list.push(++count) * 10 + count };',
  );
  const one = make();
  t.deepEqual([one['next']!(), one['next']!()], [11, 22]);
  t.is(make()['next']!(), 11);
});

const INTRINSICS: readonly string[] = [
  'Array.prototype',
  'Object.prototype',
  'Function.prototype',
  'Uint8Array.prototype',
  'Object.getPrototypeOf(Uint8Array.prototype)',
  'ArrayBuffer.prototype',
  'DataView.prototype',
  'Error.prototype',
  'RangeError.prototype',
  'String.prototype',
  'Math',
  'JSON',
  'Array',
  'Uint8Array',
  'Number',
  'Object.getPrototypeOf([][Symbol.iterator]())',
];

for (const name of INTRINSICS) {
  test(`${name} keeps nothing`, (t) => {
    const make = scriptOf(`
      const place = ${name};
      return {
        put() { try { place.left = 1; return 'took it'; } catch { return 'frozen'; } },
        see: () => place.left,
      };`);
    t.is(make()['put']!(), 'frozen');
    t.is(make()['see']!(), undefined);
  });
}

test('the script has neither node nor a way to make code of text', (t) => {
  const make = scriptOf(`
    return {
      node: () => [typeof process, typeof require, typeof Buffer, typeof console].join(),
      code() { try { return Function('return 1')(); } catch (error) { return error.name; } },
    };`);
  t.is(make()['node']!(), 'undefined,undefined,undefined,object');
  t.is(make()['code']!(), 'EvalError');
});

test('the global object keeps nothing', (t) => {
  const make = scriptOf(`
    return {
      put() { try { globalThis.left = 1; return 'took it'; } catch { return 'frozen'; } },
      see: () => globalThis.left,
    };`);
  t.is(make()['put']!(), 'frozen');
  t.is(make()['see']!(), undefined);
});
