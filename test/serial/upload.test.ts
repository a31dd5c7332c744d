import test from 'ava';
import { unplug } from '../../bootloader-sim/index.ts';
import { boardOf, BLOCK, clientOf, imageOf, packOf, send, settle, State, Upload } from './_rig.ts';
import type { Body } from './_rig.ts';

const first = packOf(imageOf(8, 1), 1);
const changed = packOf(imageOf(8, 2, [2, 5, 6]), 2);

const imagesOf = (body: Body | undefined): Record<string, unknown>[] =>
  (body?.['images'] ?? []) as Record<string, unknown>[];

test('an update over the line: uploaded, set for test, reset, on trial, confirmed', (t) => {
  const board = boardOf(first);
  const client = clientOf(board);
  const sent = send(client, changed.bundle, 400);
  t.is(sent.last['off'], changed.bundle.length);
  const images = imagesOf(client.ask({ ...State, op: 0 }, {})?.body);
  t.deepEqual(
    images.map(({ slot, version, active, pending }) => [slot, version, active, pending]),
    [
      [0, '1', true, false],
      [1, '2', false, false],
    ],
  );
  const tested = client.ask({ ...State, op: 2 }, { hash: images[1]!['hash'], confirm: false });
  t.is(imagesOf(tested?.body)[1]!['pending'], true);
  t.deepEqual(client.ask({ group: 0, command: 5, op: 2 }, {})?.body, {});
  settle(client.line);
  client.line.tick();
  t.is(imagesOf(client.ask({ ...State, op: 0 }, {})?.body)[0]?.['version'], '2');
  for (let tick = 0; tick < 5; tick++) client.line.tick();
  const confirmed = client.ask({ ...State, op: 2 }, { confirm: true });
  t.deepEqual(
    imagesOf(confirmed?.body).map(({ version, confirmed: yes }) => [version, yes]),
    [['2', true]],
  );
});

test('blocks that the running image has are not sent', (t) => {
  const client = clientOf(boardOf(first));
  const sent = send(client, changed.bundle, 400);
  t.is(sent.last['off'], changed.bundle.length);
  // Three blocks of eight, the envelope, the index; and at most a chunk too many at each of two jumps.
  const needed = 3 * BLOCK + changed.bundle.length - 8 * BLOCK;
  t.true(sent.data <= needed + 3 * 400, `${sent.data} bytes for ${needed} that were needed`);
  t.true(sent.data >= needed);
  const board = client.ask({ group: 70, command: 0, op: 0 }, {})?.body;
  t.deepEqual([board?.['fetched'], board?.['copied']], [3, 5]);
});

test('a cut at any message: the upload goes on, with what is in flash jumped over', (t) => {
  const fresh = packOf(imageOf(6, 3, [0, 1, 2, 3, 4, 5]), 2);
  const whole = send(clientOf(boardOf(first)), fresh.bundle, 400);
  for (let cut = 1; cut < whole.chunks; cut += 3) {
    const board = boardOf(first);
    const client = clientOf(board);
    const before = send(client, fresh.bundle, 400, (chunks) => chunks === cut);
    unplug(board);
    client.line.step();
    const after = send(client, fresh.bundle, 400);
    t.is(after.last['off'], fresh.bundle.length, `cut after ${cut} messages`);
    // At most one erase sector of blocks is lost, and the head is sent again.
    const kept = Math.max(0, Math.floor((before.data - 800) / BLOCK) - 1) * BLOCK;
    t.true(after.data <= whole.data - kept + 800, `cut after ${cut}: ${after.data} of ${whole.data}`);
  }
});

test('a reset that the client does not notice: off 0, and it goes on by itself', (t) => {
  const board = boardOf(first);
  const client = clientOf(board);
  let done = false;
  const sent = send(client, changed.bundle, 400, (chunks) => {
    if (chunks === 20 && !done) {
      done = true;
      unplug(board);
      client.line.step();
    }
    return false;
  });
  t.true(done);
  t.is(sent.last['off'], changed.bundle.length);
  t.is(sent.offsets.filter((off) => off === 0).length, 2);
});

test('off 0 with the same sha goes on; with another, or none, it begins anew', (t) => {
  const client = clientOf(boardOf(first));
  const sent = send(client, changed.bundle, 400, (chunks) => chunks === 8);
  const data = changed.bundle.subarray(0, 400);
  const again = { off: 0, len: changed.bundle.length, data };
  const same = client.ask(Upload, { ...again, sha: new Uint8Array(32).fill(7) });
  t.is(same?.body['off'], sent.last['off']);
  for (const sha of [{ sha: new Uint8Array(32).fill(8) }, {}]) {
    client.ask(Upload, { ...again, ...sha });
    t.true((client.ask({ group: 70, command: 0, op: 0 }, {})?.body['taken'] as number) <= 400);
  }
});
