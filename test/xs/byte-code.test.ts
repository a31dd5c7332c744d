/** Byte code that was made shorter does what the script says: the same lines as in Node. */
import test from 'ava';
import { codeRead, codeWrite, instruction } from '../../hal/xs-riscv/build/byte-code/instructions.ts';
import { opcodesRead } from '../../hal/xs-riscv/build/byte-code/opcodes.ts';
import { application, boardNew, boardOf, boardRun, firmwareOf } from './_board.ts';

const DONE = 'that was all';

/**
 * What the passes look at: parameters, variables met too early, branches near and far, signs, loops, what is thrown; what
 * is tested twice, endings that are equal, variables that share a slot, in blocks, rounds, and across what is thrown.
 */
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
function both(a, b, c) { let out = ''; if (a && b || c) out += 1; if (!(a && b)) out += 2; if (!a || b && !c) out += 3; if (a && (b || c) && out) out += 4; while (a && b) { out += 5; a = !a; } a && say(out, a); if (!(a || b)) return out + (b ? 6 : c ? 7 : 8); return a && b || c; }
function known(a) { return [!0, !1, void 0, !a, !!a, a || !1, a && !0, a ?? void 0]; }
function ends(a) { if (a === 1) return 'one'; if (a === 2) { if (a > 1) return 'two'; } if (a === 3) return 'one'; try { if (a === 4) return 'two'; if (a === 5) throw 'one'; if (a === 6) return 'one'; } catch (error) { if (a === 5) return error + 'two'; return 'two'; } finally { a += 10; if (a === 17) return 'two'; } if (a === 18) throw new TypeError('two'); if (a === 19) throw new TypeError('two'); return 'two'; }
function blocks(a) { let out = ''; { const b = a + 1; const c = b * 2; out += b + c; } { let d = a * 3; { const e = d + 1; d = e + d; } out += d; } for (let i = 0; i < 3; i++) { let f; if (i === 1) f = out.length; const g = f === undefined ? 'none' : f; out += g; } for (const h of [a, out]) { const i = h + 1; out += i; if (i > 4) continue; const j = i + out; out += j.length; } return out; }
function across(a) { let b = 1; let c; let d = 'd'; try { b = 2; c = a.first; const e = c + b; b = e; c = a.second.third; d = 'none'; } catch (error) { const f = b + ',' + c + d; return f + (error instanceof TypeError); } finally { const g = 'g' + b; say('finally', g, c, d); } return [b, c, d].join(); }
function again(a) { let b = 0; let c = 1; for (;;) { const d = b + c; b = c; c = d; if (d > a) { const e = d - a; return e + ':' + b + ':' + c; } try { if (d === 5) throw d; } catch (f) { c += f; continue; } const g = c; c = g + 1; } }
function swapped(a, b, n) { let x = a, y = b; while (n-- > 0) { const z = x; x = y; y = z + x; } return x + ',' + y; }
function inside(n) { const all = []; for (let i = 0; i < n; i++) { const a = i + 1; const b = a * 2; { let c = b + a; all.push(() => c++ + i); } const d = b - 1; all.push(() => d); } return all.map((one) => one() + one()).join(); }
function unread(a) { let b = a; const c = (b = a + 1, b); let d = say('said', c); d = c; return b; }
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
for (const a of [0, 1, '', 'x', null, NaN]) for (const b of [0, {}, undefined]) for (const c of [false, 'c']) tried('both', () => typeof both(a, b, c) + both(a, b, c));
for (const a of [0, 2, 'x', undefined]) tried('known', () => known(a).map(String));
for (let a = 0; a < 11; a++) tried('ends', () => ends(a));
tried('blocks', () => [blocks(1), blocks(5)]);
for (const a of [undefined, {}, { first: 1 }, { first: 2, second: {} }]) tried('across', () => across(a));
tried('again', () => [again(3), again(40)]);
tried('swapped', () => swapped(1, 2, 9));
tried('inside', () => inside(3));
tried('unread', () => unread(4));
tried('labels', () => labels([1, 2, 3, 4]));
tried('class', () => [Point.of(3).sum(1), new Far(4).all]);
tried('again', () => { const f = (n) => { let g = n; return g > 0 ? f(g - 1) + g : g; }; return f(6); });
boardLog('${DONE}');
`;

/**
 * Of a firmware: what its functions have in common, when it is written, what is written again and by whom; functions
 * inside functions; texts; calls while the realm is made, before and after what they read is there.
 */
const FIRMWARE = `
const before = [];
before.push(typeof late, hoisted(2), callsLate());
const NAME = 'name of ' + before.length;
const TEXT = 'a text';
const FAR = 70000;
let count = 0;
let twice = 'first';
const later = () => twice;
before.push(later());
twice = 'second';
before.push(later());
var late = [1, 2, TEXT];
const TABLE = [() => TEXT + NAME, hoisted, (a) => a + FAR, isOdd, TEXT, { text: 'inside' }];
function hoisted(a) { return a * 10 + (late === undefined ? 1 : late.length); }
function callsLate() { try { return NAME.length; } catch (error) { return 'too early'; } }
function isEven(n) { return n === 0 ? true : isOdd(n - 1); }
function isOdd(n) { return n === 0 ? false : isEven(n - 1); }
function counts() { count++; return count; }
before.push(counts(), counts());
function countNow() { return count; }
function mixed(a, b) { let sum = a; const add = (c) => { sum += c + hoisted(b); return () => sum + FAR + late.length; }; add(1); return add(2)(); }
function deep(a) { return [1, 2].map((b) => [3, 4].map((c) => a + b + c + late[0] + hoisted(c)).join(TEXT)).join(NAME); }
function own(hoisted) { const TEXT = hoisted + 1; return (() => TEXT + FAR)(); }
function thrown(a) { let out = TEXT; try { out += isOdd(a) ? TABLE[9](a) : NAME; } catch (error) { out += hoisted(a) + (error instanceof TypeError); } return out; }
function loops(n) { const all = []; for (let i = 0; i < n; i++) all.push(() => i + FAR + isEven(i)); return all.map((one) => one()).join(); }
function preset(a = hoisted(1), b = () => a + TEXT) { return b(); }
function that() { return this === undefined ? TEXT : this.text + (() => this.text + NAME)(); }
class Point { constructor(x) { this.x = x + FAR; } get far() { return [this.x, late.length, new.target === undefined].map((one) => one + TEXT); } static of(x) { return new Point(x); } }
class Next extends Point { constructor(x) { super(hoisted(x)); const set = () => { this.y = super.far.length; }; set(); } }
function made(n) { const all = { hoisted, get text() { return TEXT + n; }, at(i) { return TABLE[i]; } }; return all.text + all.hoisted(n) + all.at(4); }
function decide() {
  const say = (what) => boardLog(String(what));
  for (const one of before) say(one);
  for (const one of [NAME, TEXT, FAR, countNow(), later(), late.join(), hoisted(3), isEven(7), mixed(1, 2), deep(5), own(6), thrown(3), thrown(4), loops(3), preset().length, that(), that.call({ text: 'this' }), new Next(1).y, Point.of(2).far.join(), made(8)]) say(one);
  for (const one of TABLE) say(typeof one === 'function' ? one(3) : typeof one === 'object' ? one.text : one);
  say('${DONE}');
}
globalThis.decide = decide;
`;

const inNode = (
  script: string,
  act: (global: { decide?: () => void }) => void = () => undefined,
): string[] => {
  const lines: string[] = [];
  const global = {};
  // A script of a board: what it calls is global there.
  // oxlint-disable-next-line no-implied-eval
  const run = new Function('boardLog', 'globalThis', `'use strict'; ${script}`);
  run((line: string) => lines.push(line), global);
  act(global);
  return lines;
};

const ended = (text: string): boolean => text.includes(`${DONE}\n`) || /exception|xs:/.test(text);

test('a script says on the board what it says in Node', async (t) => {
  const image = await application('byte-code', `// @ts-nocheck\nexport {};\n${SCRIPT}`);
  const { output } = await boardRun(boardNew(image), ended);
  // The first line is the boot decision's.
  t.deepEqual(output.trimEnd().split('\n').slice(1), inNode(SCRIPT));
});

test('a firmware says on the board what it says in Node', async (t) => {
  const board = boardOf(await firmwareOf('byte-code', `// @ts-nocheck\nexport {};\n${FIRMWARE}`));
  const { output } = await boardRun(board, ended);
  t.deepEqual(
    output.trimEnd().split('\n'),
    inNode(FIRMWARE, ({ decide }) => decide!()),
  );
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
