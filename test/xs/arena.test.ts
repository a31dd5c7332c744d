/**
 * Objects and bytes share one arena: what objects do not need any more, bytes may have. And the partitions of the board,
 * which are native, refuse what is not theirs.
 */
import test from 'ava';
import { application, boardNew, boardRun } from './_board.ts';

const END = 'that is all\n';

const lines = async (name: string, script: string, arena: number): Promise<string[]> => {
  const image = await application(name, `${script} boardLog('that is all');`);
  const board = boardNew(image, { arena, watchdog: 0 });
  const { output } = await boardRun(board, (text) => text.endsWith(END) || /xs: |exception/.test(text));
  return output.trimEnd().split('\n').slice(1);
};

test('what objects took, bytes can have', async (t) => {
  const script = `
    const list = (count) => { let first; for (let i = 0; i < count; i++) first = { i, next: first }; return first; };
    const sum = (item) => { let all = 0; for (; item; item = item.next) all += item.i; return all; };
    const kept = list(50);
    boardLog(sum(list(500)));
    const text = 'x'.repeat(24000);
    boardLog(text.length + text.at(-1) + ' ' + sum(kept) + ' ' + sum(list(50)));`;
  // 500 objects are 24,000 bytes; with the agent's, the stack and 24,000 of the text that is more than there is.
  t.deepEqual(await lines('arena', script, 64 * 1024), ['124750', '24000x 1225 1225', 'that is all']);
});

test('a partition of the board refuses what is not its own', async (t) => {
  const script = `
    const bytes = new Uint8Array(8);
    const size = 4 * 0x40000;
    const tried = (place, what, ...given) => {
      try { what.apply({ place }, given); return 'done'; } catch (error) { return error instanceof RangeError ? 'RangeError' : String(error); }
    };
    boardLog([tried(0, partitionRead, bytes, 0), tried(0, partitionRead, bytes, size - 8),
      tried(2, partitionRead, bytes, 3 * 0x40000 - 8)].join());
    boardLog([-1, 0.5, NaN, undefined, size - 7, size, 2 ** 32].map((at) => tried(0, partitionRead, bytes, at)).join());
    boardLog([-4, 2, NaN, undefined, size - 4, 2 ** 32].map((at) => tried(1, partitionWrite, bytes, at)).join());
    boardLog([[-1, 1], [0, 0], [3, 5], [4], [0.5, 1], [0, 1.5], [NaN, 1], [2, 1], [2 ** 32, 2 ** 32 + 1]]
      .map(([from, to]) => tried(1, partitionErase, from, to)).join());
    boardLog([-1, 3, undefined].map((place) => tried(place, partitionRead, bytes, 0)).join());
    boardLog(tried(2, partitionRead, bytes, 3 * 0x40000 - 7));`;
  const refused = (count: number): string => Array.from({ length: count }, () => 'RangeError').join();
  t.deepEqual(await lines('partitions', script, 64 * 1024), [
    'done,done,done',
    ...[7, 6, 9].map(refused),
    // Without a number it is the first place.
    'RangeError,RangeError,done',
    'RangeError',
    'that is all',
  ]);
});
