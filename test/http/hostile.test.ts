/**
 * Servers that do wrong, against a board with the real agent: it keeps its image, says what happened, has erased nothing
 * before a manifest was proven, and takes the update when the server is itself again.
 */
import test from 'ava';
import { Ok } from '../../agent/codes.ts';
import { activate, run, start } from '../../bootloader-sim/index.ts';
import { HttpError, update } from '../../hal/node/http.ts';
import { factory } from '../bootloader-sim/_real.ts';
import { ANYWHERE, ENVELOPE, envelope, old, PAYLOAD, payload } from './_hostile.ts';
import type { Row } from './_hostile.ts';
import { file, listen } from './_server.ts';

const CASES: readonly (readonly [string, Row])[] = [
  ...ANYWHERE.map((row) => ['envelope', row] as const),
  ...ENVELOPE.map((row) => ['envelope', row] as const),
  ...ANYWHERE.map((row) => ['payload', row] as const),
  ...PAYLOAD.map((row) => ['payload', row] as const),
];

const tried = async (work: Promise<{ readonly code: number }>): Promise<{ code: number; why: string }> => {
  try {
    return { code: (await work).code, why: '' };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { code: error.code, why: error.message };
  }
};

for (const [where, row] of CASES)
  test.serial(`${where}: ${row.name}`, async (t) => {
    let sane = false;
    let fired = 0;
    const server = await listen(t, (socket, asked) => {
      const bad = !sane && (asked.path === `/${where}` || asked.path === '/again');
      if (bad) fired++;
      (bad ? row.act : file(asked.path === '/envelope' ? envelope : payload))(socket, asked);
    });
    const board = factory(old);
    const { agent } = start(board);
    let written = 0;
    board.flash.power.trace = () => void written++;
    const base = { envelopeUrl: `${server.origin}/envelope`, pause: async () => undefined };

    const { code, why } = await tried(update(agent!, { ...base, ...row.limits }));
    t.is(code, row.code, why);
    t.regex(why, row.says ?? /^/);
    t.true(fired > 0, 'it did what the row says');
    if (where === 'envelope') t.is(written, 0, 'nothing was erased or programmed');
    if (code < 0) t.is(run(board).history.at(-1)!.decision.slot, 0, 'it runs its image');

    sane = true;
    if (code < 0) t.is((await tried(update(start(board).agent!, base))).code, Ok);
    t.is(activate(board), Ok);
    t.is(run(board).history.at(-1)!.decision.slot, 1, 'it runs the new image');
    t.is(board.flash.misuses(), 0);
  });
