import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Event, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { bootDecide, bootDecisionNew, hssLms, openAgent, swap } from '../../agent/index.ts';
import { activate, createBoard, deliver, provision, run } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { windowInflate } from '../../hal/inflate.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import type { Crypto } from '../../hal/ports.ts';
import { anchorOf, anchorRecord, keyLoad, slotImage } from '../../publisher/index.ts';
import type { Pack, SigningKey } from '../../publisher/index.ts';
import { parametersCheck } from '../../publisher/lms/parameters.ts';
import { hssGenerate } from '../../publisher/lms/signing-key.ts';
import { config, firmware, release, reportOf, signingKey } from '../bootloader-sim/_real.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-hash-based-'));

const keyMade = (name: string, digest: number, heights: number[], widths: number[]): SigningKey => {
  const file = join(work, `${name}.lms.json`);
  hssGenerate(file, parametersCheck(digest, heights, widths));
  return keyLoad(file);
};

const large = keyMade('large', 24, [10, 5], [4, 4]);
const small = keyMade('small', 24, [5], [4]);
const stranger = keyMade('stranger', 24, [5], [4]);

interface Watched extends Crypto {
  /** States of SHA-256 made. */
  states: number;
  verified: number;
}

/** A board's crypto that has Ed25519 and SHA-256, and throws when it is asked for HSS/LMS. */
const watched = (): Watched => {
  const native = nodeCrypto();
  return {
    states: 0,
    verified: 0,
    sha256() {
      this.states++;
      return native.sha256();
    },
    verify(algorithm, key, message, signature) {
      this.verified++;
      if (algorithm === -46) throw new Error('asked for HSS/LMS');
      return native.verify(algorithm, key, message, signature);
    },
  };
};

interface Made {
  readonly board: Board;
  readonly crypto: Watched;
  /** Erases so far. */
  readonly erases: () => number;
}

const boardWith = (keys: readonly SigningKey[], threshold: number, name: BoardName): Made => {
  const crypto = watched();
  const anchors = keys.map((key) => anchorRecord(anchorOf(key)));
  const profile = BOARDS[name];
  const board = createBoard({
    profile,
    config: { ...config, anchors, threshold, hssLms, ...(profile.swap && { swap }) },
    crypto,
  });
  const image = firmware(1);
  const { envelope } = release(image, 1, { keys });
  const { size, writeAlign, eraseValue } = board.flash.slots[0].partition.status();
  provision(board, 0, slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue }));
  let erases = 0;
  board.flash.power.trace = ({ kind }) => {
    if (kind === 'erase') erases++;
  };
  return { board, crypto, erases: () => erases };
};

const rows: readonly (readonly [string, readonly SigningKey[], number, BoardName])[] = [
  ['one level', [small], 1, 'tiny'],
  ['two levels, in an envelope of 3 KiB', [large], 1, 'tiny'],
  ['in swap mode', [small], 1, 'tiny-swap'],
  ['beside Ed25519, and both must hold', [small, signingKey], 2, 'tiny'],
];

for (const [what, keys, threshold, name] of rows)
  test(`an update is installed, tried out and confirmed; ${what}`, (t) => {
    const { board, crypto } = boardWith(keys, threshold, name);
    t.true(run(board).done);
    for (const sequence of [2, 3]) {
      const update = release(firmware(sequence), sequence, { keys });
      t.true(update.envelope.length <= 4096, `${update.envelope.length} bytes`);
      t.like(deliver(board, update), { code: Ok, cut: false });
      t.is(activate(board), Ok);
      t.true(run(board).done);
      t.like(reportOf(board), { event: Event.Confirmed, code: Ok });
    }
    t.is(board.flash.misuses(), 0);
    t.is(crypto.verified > 0, keys.length > 1, `${crypto.verified} signatures asked of the port`);
  });

test('agent and boot decision make one state of SHA-256 more each, where an anchor is of HSS/LMS, and only there', (t) => {
  const count = (keys: readonly SigningKey[]): number => {
    const { board, crypto } = boardWith(keys, 1, 'tiny');
    t.true(run(board).done);
    return crypto.states;
  };
  t.deepEqual([count([signingKey]), count([small]), count([small, stranger])], [3, 5, 5]);
});

const changed = (update: Pack, at: (envelope: Uint8Array) => number): Uint8Array => {
  const envelope = update.envelope.slice();
  envelope[at(envelope)]! ^= 1;
  return envelope;
};

/** Where the signature starts: behind its own byte string head of three bytes. */
const signatureAt = (envelope: Uint8Array): number => {
  const head = Buffer.from('590568', 'hex');
  const at = Buffer.from(envelope).indexOf(head);
  if (at < 0) throw new Error('no signature of 1384 bytes');
  return at + 3;
};

const forged: readonly (readonly [string, (update: Pack) => Uint8Array, number])[] = [
  ['the leaf', (update) => changed(update, (one) => signatureAt(one) + 7), Err.SignatureWrong],
  ['the one-time type', (update) => changed(update, (one) => signatureAt(one) + 11), Err.SignatureWrong],
  ['the randomizer', (update) => changed(update, (one) => signatureAt(one) + 12), Err.SignatureWrong],
  ['a chain', (update) => changed(update, (one) => signatureAt(one) + 100), Err.SignatureWrong],
  ['the last of the path', (update) => changed(update, (one) => signatureAt(one) + 1383), Err.SignatureWrong],
  ['the manifest', (update) => changed(update, (one) => one.length - 1), Err.ManifestDigest],
];

for (const [what, forge, code] of forged)
  test(`changed: ${what}; refused with ${code} and no erase`, (t) => {
    const { board, erases } = boardWith([small], 1, 'tiny');
    t.true(run(board).done);
    const before = erases();
    const update = release(firmware(2), 2, { keys: [small] });
    t.is(deliver(board, { ...update, envelope: forge(update) }).code, code);
    t.is(erases(), before);
    t.is(deliver(board, update).code, Ok);
  });

test('signed by another key, by Ed25519 alone, or by one of two: refused, and no erase', (t) => {
  const { board, erases } = boardWith([small, signingKey], 2, 'tiny');
  t.true(run(board).done);
  const before = erases();
  for (const [keys, code] of [
    [[stranger], Err.SignatureWrong],
    [[signingKey], Err.TooFewSignatures],
    [[small], Err.TooFewSignatures],
    [[stranger, signingKey], Err.TooFewSignatures],
  ] as const)
    t.is(deliver(board, release(firmware(2), 2, { keys, withKeyId: true })).code, code);
  t.is(erases(), before);
});

test('the boot decision verifies it, too: a signature that rotted in flash is left', (t) => {
  const { board } = boardWith([small], 1, 'tiny');
  t.true(run(board).done);
  const update = release(firmware(2), 2, { keys: [small] });
  t.is(deliver(board, update).code, Ok);
  const { partition } = board.flash.slots[1];
  const whole = new Uint8Array(partition.status().size);
  partition.read(whole, 0);
  const tail = Buffer.from(whole).indexOf(Buffer.from(update.envelope));
  t.true(tail > 0);
  t.is(activate(board), Ok);
  const device = board.flash.devices['flash']!;
  const start = device.sectors.starts[board.flash.profile.slots[1].from]!;
  const at = start + tail + signatureAt(update.envelope) + 200;
  device.poke(Uint8Array.of(device.bytes[at]! ^ 1), at);
  t.true(run(board).done);
  t.like(reportOf(board), { event: Event.Reverted, code: Err.SignatureWrong });
});

test('a board with an anchor of HSS/LMS that does not carry what verifies it does not open', (t) => {
  const { board } = boardWith([small], 1, 'tiny');
  const bare = { ...board.config, hssLms: undefined };
  const ports = {
    ...board.flash,
    crypto: board.crypto,
    inflate: windowInflate(),
    environment: { reset: () => {}, resetCause: () => 1, running: () => 0 },
  };
  const wrong = { instanceOf: RangeError, message: /HSS\/LMS/ };
  t.throws(() => bootDecide(ports, bare, bootDecisionNew()), wrong);
  t.throws(() => openAgent(ports, bare), wrong);
  t.notThrows(() => openAgent(ports, board.config));
});
