/** What goes over the air. */
import { statusNew } from '../agent/index.ts';
import { pack } from '../publisher/index.ts';
import type { Pair } from './pairs.ts';
import { classId, key, release, rigBoot, rigOffer, rigOpen, STRANGER, vendor } from './rig.ts';
import { rounded, row } from './row.ts';
import type { Row } from './row.ts';

/** Bytes do not depend on the board. */
const BOARD = 'esp32-c3';
const ENVELOPE_GOAL = 512;
const WINDOWS = [1024, 2048, 4096, 8192, 16384, 32768];

interface Sent {
  readonly bytes: number;
  readonly copied: number;
  readonly blocks: number;
}

/** The real agent takes what it wants; the driver counts. */
const send = (running: Uint8Array, update: ReturnType<typeof release>): Sent => {
  const rig = rigOpen(BOARD, running);
  const agent = rigBoot(rig);
  const { bytesSent } = rigOffer(rig, agent, update);
  const status = statusNew();
  agent.status(status);
  return { bytes: bytesSent, copied: status.blocksCopied, blocks: status.blocks };
};

/** What a board without any of the image is sent, in frames that reach back so far. */
const sent = (image: Uint8Array, window: number): number =>
  pack({ image, sequence: 2, vendor, classId, keys: [key], window }).figures.total;

const pairBytes = ({ name, from, to }: Pair): Row[] => {
  const framed = release(to, 2);
  const plain = release(to, 2, 'plain');
  const { envelope, index } = framed.figures;
  const shared = send(from, framed);
  const whole = send(STRANGER, framed).bytes;
  const percent = (part: number): number => rounded((100 * part) / whole, 2);
  return [
    row(`${name}: image`, to.length, 'bytes'),
    row(`${name}: sent, plain`, send(STRANGER, plain).bytes, 'bytes'),
    row(`${name}: sent, framed`, whole, 'bytes'),
    row(`${name}: sent, framed, blocks shared with the running slot`, shared.bytes, 'bytes'),
    ...WINDOWS.map((window) => row(`${name}: sent, framed, window of ${window}`, sent(to, window), 'bytes')),
    row(`${name}: blocks`, shared.blocks, 'blocks'),
    row(`${name}: blocks copied from the running slot`, shared.copied, 'blocks'),
    row(`${name}: envelope, framed, one Ed25519 signature`, envelope, 'bytes', { goal: ENVELOPE_GOAL }),
    row(`${name}: index`, index, 'bytes'),
    row(`${name}: envelope, part of sent`, percent(envelope), '%'),
    row(`${name}: index, part of sent`, percent(index), '%'),
    row(`${name}: envelope and index, over the image`, framed.figures.overheadPercent, '%'),
  ];
};

export const bytesRows = (pairs: readonly Pair[]): Row[] => pairs.flatMap(pairBytes);
