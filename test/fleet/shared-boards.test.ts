import { createHash } from 'node:crypto';
import test from 'ava';
import { Event } from '../../agent/codes.ts';
import { reportNew } from '../../agent/report.ts';
import { activate, createBoard, deliver, run, sharedRealm } from '../../bootloader-sim/index.ts';
import { config, release, rigOpen } from '../../bench/rig.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';

const STRANGER = new Uint8Array(4000).fill(0x5a);
const factory = createHash('sha256').update(STRANGER).digest('hex');

test('boards that share image and agent update, or go back, each for itself', (t) => {
  const image = rigOpen('tiny', STRANGER).flash.save();
  const { bundle } = release(new Uint8Array(9000).fill(7), 2);
  const crypto = nodeCrypto();
  const shared = { profile: BOARDS.tiny, config, image, realm: sharedRealm, crypto, tick: 10 };
  const kinds = ['healthy', 'failsCheck', 'healthy', 'hangs', 'neverConfirms'] as const;
  const boards = kinds.map(() => createBoard(shared));
  // All run the factory's image before any has a new one.
  for (const board of boards) t.true(run(board).done);
  boards.forEach((board, at) => {
    board.behaviours = { images: { [factory]: { kind: 'healthy' } }, otherwise: { kind: kinds[at]! } };
    t.is(deliver(board, bundle).code, 0);
    t.is(activate(board), 0);
  });
  boards.forEach((board, at) => {
    t.true(run(board).done, kinds[at]);
    const report = reportNew();
    board.live!.agent!.report(report);
    const well = kinds[at] === 'healthy';
    t.is(board.live!.decision.sequence, well ? 2 : 1, kinds[at]);
    t.is(report.event, well ? Event.Confirmed : Event.Reverted, kinds[at]);
  });
});
