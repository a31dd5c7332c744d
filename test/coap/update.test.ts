import test from 'ava';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { activate, restart, run } from '../../bootloader-sim/index.ts';
import type { LinkOptions } from '../../bootloader-sim/link/link.ts';
import { coapUpdateStop } from '../../hal/coap/update.ts';
import { boardOf } from '../serial/_rig.ts';
import { filesOf, first, near, second, staged, uri } from './_release.ts';
import { serveFiles, updateOver } from './_update.ts';
import type { Over } from './_update.ts';

test('the manifest names the payload', (t) => {
  t.regex(uri(second), /^\/fw\/[0-9a-f]{32}\.bin$/);
});

// What the link does, window, blocks held, szx. Shares are of each direction.
const LINKS: readonly (readonly [name: string, link: Partial<LinkOptions>, window: number, szx: number])[] = [
  ['nothing wrong', {}, 1, 6],
  ['nothing wrong, in a window of 4', {}, 4, 6],
  ['blocks of 64 bytes, as on 6LoWPAN', {}, 4, 2],
  ['loses 5 %', { loss: 0.05 }, 4, 6],
  ['loses 20 %', { loss: 0.2 }, 1, 4],
  ['repeats half of all', { repeat: 0.5 }, 4, 6],
  ['reorders a third', { reorder: 0.33, jitter: 50 }, 4, 6],
  ['alters 2 %', { corrupt: 0.02 }, 2, 4],
  ['all of it', { loss: 0.05, repeat: 0.1, reorder: 0.1, jitter: 30 }, 4, 5],
  ['a second from end to end', { delay: 1000, loss: 0.05 }, 4, 6],
];

for (const [name, link, window, szx] of LINKS) {
  test(`a whole update over a link that: ${name}`, (t) => {
    for (let seed = 1; seed <= 3; seed++) {
      const board = boardOf(first);
      const over = updateOver({
        board,
        link: { ...link, seed },
        serve: serveFiles(filesOf(second)),
        options: { blocks: { szx, window, held: 1, token: new Uint8Array(0) } },
      });
      // Altered bytes are for the agent to find: it refuses them, and is offered the same again.
      let tries = 1;
      over.run();
      let last: Over = over;
      while (link.corrupt !== undefined && last.update.code < 0 && tries < 20) {
        t.true(
          last.update.code <= Err.EnvelopeTooShort || last.update.code === Err.BadState,
          String(last.update.code),
        );
        tries++;
        last = updateOver({
          board,
          link: { ...link, seed: seed * 100 + tries },
          serve: serveFiles(filesOf(second)),
        });
        last.run();
      }
      t.true(last.update.ended, `seed ${seed}`);
      t.is(last.update.code, Ok, `seed ${seed}, cause ${last.update.cause}`);
      t.true(staged(board), `seed ${seed}`);
      const faults = over.pair.link.counts;
      for (const kind of ['loss', 'repeat', 'reorder', 'corrupt'] as const) {
        const count = {
          loss: faults.lost,
          repeat: faults.repeated,
          reorder: faults.reordered,
          corrupt: faults.corrupted,
        };
        if ((link[kind] ?? 0) >= 0.02 && szx < 6) t.true(count[kind] > 0, `${kind} happened`);
      }
      t.is(activate(board), Ok);
    }
  });
}

test('what is in flash already is not fetched: blocks that both images share', (t) => {
  const board = boardOf(first);
  const over = updateOver({ board, serve: serveFiles(filesOf(near)) });
  over.run();
  t.is(over.update.code, Ok);
  t.true(staged(board));
  t.true(over.update.download.received < 4 * 4096, `${over.update.download.received} bytes`);
});

test('broken off and begun anew: it goes on with what is missing', (t) => {
  const board = boardOf(first);
  const over = updateOver({ board, link: { delay: 100 }, serve: serveFiles(filesOf(second)) });
  over.run(1500);
  t.false(over.update.ended);
  const before = over.update.download.received;
  t.true(before > 8000, `${before} bytes came`);
  coapUpdateStop(over.update);
  t.is(over.update.code, Err.Cancelled);
  restart(board);
  run(board, { until: 1 });
  const again = updateOver({ board, serve: serveFiles(filesOf(second)) });
  again.run();
  t.is(again.update.code, Ok);
  const { received } = again.update.download;
  t.true(received + 4096 < second.payload.length, `${received} of ${second.payload.length}`);
});

test('the link is dead for a minute: it waits, and goes on where it was', (t) => {
  const board = boardOf(first);
  const over = updateOver({ board, link: { delay: 200 }, serve: serveFiles(filesOf(second)) });
  over.run(1000);
  const { faults } = over.pair.link;
  faults.loss = 1;
  over.run(60_000);
  t.true(over.update.faults > 0, 'it was noticed');
  t.false(over.update.ended);
  faults.loss = 0;
  const before = over.update.download.received;
  t.true(before > 0);
  over.run();
  t.is(over.update.code, Ok);
  t.true(
    over.update.download.received < second.payload.length + 8 * 1024,
    'nothing is fetched twice but a few blocks',
  );
});
