/** Byte code that was made shorter does what the script says: the same lines as in Node. */
import test from 'ava';
import { codeRead, codeWrite, instruction } from '../../hal/xs-riscv/build/byte-code/instructions.ts';
import { opcodesRead } from '../../hal/xs-riscv/build/byte-code/opcodes.ts';
import { application, boardNew, boardRun } from './_board.ts';

const DONE = 'that was all';

/** What the passes look at: parameters, variables met too early, branches near and far, signs, loops, what is thrown. */
const SCRIPT = `
const say = (what, ...values) => boardLog(what + ' ' + values.map((value) => Object.is(value, -0) ? '-0' : String(value)).join(' '));
const tried = (what, act) => {
  try { say(what, act()); } catch (error) { say(what, error instanceof ReferenceError ? 'too early' : 'thrown ' + error); }
};
function order(a, b, c) { return a + 10 * b + 100 * c; }
function written(a, b) { a = a + b; b = a - b; return a * 100 + b; }
function raised(a) { a++; return a--; }
function few(a, b) { return b === undefined ? a : b; }
function count() { return arguments.length + arguments[0]; }
function preset(a, b = a + 1, c = b * 2) { return order(a, b, c); }
function early(a, b = c, c = 1) { return a + b + c; }
function rest(a, ...more) { return a + more.length + more[more.length - 1]; }
function parts({ x, y: [z] }, w) { return x + z + w; }
function kept(a) { return () => ++a; }
function deep(n, sum) { return n === 0 ? sum : deep(n - 1, sum + n); }
function skipped(k) { switch (k) { case 0: let a = 5; return a; case 1: return a; default: a = 7; return a; } }
function looped(n) { let out = ''; for (let i = 0; i < n; i++) { let v; if (i % 2) v = i; out += v + ','; } return out; }
function closures(n) { const all = []; for (let i = 0; i < n; i++) { const j = i * 2; all.push(() => i + j); } return all.map((one) => one()); }
function thrown(a) { let where = 0; try { where = 1; if (a > 1) throw a; where = 2; } catch (b) { where = where * 10 + b; } finally { where += 100; } return where; }
function* stepped(a, b) { let c = a; while (c < b) { const d = yield c; c += d ?? 1; } return -a; }
function signs(a) { return [-1, -0, -128, -129, -32768, -32769, -a, - -a, a - 1]; }
function far(a) { let out = 0; if (a) { ${Array.from({ length: 60 }, (_, at) => `out += order(a, ${at}, -${at});`).join(' ')} } else out = -1; return out; }
function labels(a) { outer: for (const x of a) { for (const y of a) { if (y > x) continue outer; if (x + y > 6) break outer; say('pair', x, y); } } return 'out'; }
class Point { constructor(x, y) { this.x = x; this.y = y; } sum(more) { return this.x + this.y + more; } static of(x) { return new Point(x, x); } }
class Far extends Point { constructor(x) { super(x, -x); this.z = x; } get all() { return this.sum(this.z); } }
tried('order', () => order(1, 2, 3));
tried('written', () => written(5, 3));
tried('raised', () => raised(5));
tried('few', () => [few(1), few(1, 2), few()]);
tried('count', () => count(4, 5, 6));
tried('preset', () => [preset(1), preset(1, 5), preset(1, undefined, 7)]);
tried('early', () => early(1));
tried('not early', () => early(1, 2));
tried('rest', () => rest(1, 2, 3, 4));
tried('parts', () => parts({ x: 1, y: [2] }, 3));
tried('kept', () => { const next = kept(4); next(); return next(); });
tried('deep', () => deep(500, 0));
for (const k of [0, 1, 2]) tried('skipped', () => skipped(k));
tried('looped', () => looped(4));
tried('closures', () => closures(3));
tried('thrown', () => [thrown(1), thrown(3)]);
tried('stepped', () => { const it = stepped(1, 9); return [it.next(), it.next(2), it.next(3), it.next(9)].map((one) => one.value + ':' + one.done); });
tried('signs', () => signs(3).map((one) => Object.is(one, -0) ? '-0' : one));
tried('far', () => [far(1), far(0)]);
tried('labels', () => labels([1, 2, 3, 4]));
tried('class', () => [Point.of(3).sum(1), new Far(4).all]);
tried('again', () => { const f = (n) => { let g = n; return g > 0 ? f(g - 1) + g : g; }; return f(6); });
boardLog('${DONE}');
`;

const inNode = (): string[] => {
  const lines: string[] = [];
  // A script of a board: what it calls is global there.
  // oxlint-disable-next-line no-implied-eval
  new Function('boardLog', `'use strict'; ${SCRIPT}`)((line: string) => lines.push(line));
  return lines;
};

test('a script says on the board what it says in Node', async (t) => {
  const image = await application('byte-code', `// @ts-nocheck\nexport {};\n${SCRIPT}`);
  const { output } = await boardRun(
    boardNew(image),
    (text) => text.includes(`${DONE}\n`) || /exception|xs:/.test(text),
  );
  // The first line is the boot decision's.
  t.deepEqual(output.trimEnd().split('\n').slice(1), inNode());
});

test('branches of all widths lead to where they led', (t) => {
  const opcodes = opcodesRead();
  for (const between of [0, 125, 126, 127, 128, 32_765, 32_766, 32_767, 32_768, 70_000]) {
    const last = instruction('END');
    const branch = { ...instruction('BRANCH_1'), target: last };
    const back = { ...instruction('BRANCH_IF_1'), target: branch };
    const pops = Array.from({ length: between }, () => instruction('POP'));
    const read = codeRead(opcodes, codeWrite(opcodes, [branch, ...pops, back, last]));
    t.is(read.length, between + 3);
    t.is(read[0]!.target, read.at(-1));
    t.is(read.at(-2)!.target, read[0]);
  }
});
