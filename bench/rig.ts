/** A board without a simulated life: the agent and the boot decision on its flash, called directly. */
import { bootDecide, bootDecisionNew, Err, Ok, openAgent, Reset } from '../agent/index.ts';
import type { Agent, BootDecision, Config } from '../agent/index.ts';
import { createBoard, provision } from '../bootloader-sim/index.ts';
import type { Update } from '../bootloader-sim/index.ts';
import { driveByRange, driveByStream, driveNow } from '../hal/driver.ts';
import type { Delivery } from '../hal/driver.ts';
import { windowInflate } from '../hal/inflate.ts';
import { BOARDS } from '../hal/node/boards.ts';
import type { BoardFlash, BoardName } from '../hal/node/boards.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';
import type { Inflate, Ports } from '../hal/ports.ts';
import { coseAlgorithm, keyGenerate, keyParse, pack, slotImage } from '../publisher/index.ts';
import type { Pack, PackFormat, SigningKey } from '../publisher/index.ts';

export const vendor: Uint8Array = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
export const classId: Uint8Array = Uint8Array.from({ length: 16 }, (_, at) => at + 101);
export const key: SigningKey = keyParse(keyGenerate('ed25519'), 'bench');

export const config: Config = {
  vendor,
  classId,
  anchors: [{ keyId: key.keyId, algorithm: coseAlgorithm[key.algorithm], key: key.key }],
};

export const release = (image: Uint8Array, sequence: number, format: PackFormat = 'framed'): Pack =>
  pack({ image, sequence, vendor, classId, keys: [key], format });

/** A running image that shares no block with any other. */
export const STRANGER: Uint8Array = new Uint8Array(4000).fill(0x5a);

export interface Rig {
  readonly flash: BoardFlash;
  readonly config: Config;
  readonly ports: Ports;
  /** The slot that runs. */
  running: number;
}

/** Throws unless `code` is a value: a figure of something that went wrong is none. */
export const expect = (what: string, code: number): void => {
  if (code >= Ok) return;
  const name = Object.entries(Err).find(([, value]) => value === code)?.[0] ?? 'unknown';
  throw new Error(`${what}: ${name} (${code})`);
};

/** A board as it leaves the factory, with `image` in slot A. */
export const rigOpen = (name: BoardName, image: Uint8Array, inflate: Inflate = windowInflate()): Rig => {
  const board = createBoard({ profile: BOARDS[name], config });
  const { flash } = board;
  const { size, writeAlign, eraseValue } = flash.slots[0].partition.status();
  const { envelope } = release(image, 1);
  provision(board, 0, slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue }));
  const rig: Rig = {
    flash,
    config: board.config,
    running: 0,
    ports: {
      slots: flash.slots,
      journal: flash.journal,
      crypto: nodeCrypto(),
      inflate,
      environment: { reset: () => {}, resetCause: () => Reset.Power, running: () => rig.running },
    },
  };
  return rig;
};

/** Power on, and the boot decision. */
export const rigDecide = (rig: Rig): BootDecision => {
  rig.flash.power.powerOn();
  const decision = bootDecisionNew();
  expect('boot', bootDecide(rig.ports, rig.config, decision));
  rig.running = decision.slot;
  return decision;
};

export const rigBoot = (rig: Rig): Agent => {
  rigDecide(rig);
  return openAgent(rig.ports, rig.config);
};

/** Offers an update, up to staged, or until the power is cut. */
export const rigOffer = (
  rig: Rig,
  agent: Agent,
  { envelope, payload }: Update,
  mode: 'range' | 'stream' = 'range',
): Delivery => {
  const drive = mode === 'range' ? driveByRange : driveByStream;
  const course = drive(agent, envelope, { alive: () => rig.flash.power.powered });
  const delivery = driveNow(course, (offset, length) => payload.subarray(offset, offset + length));
  if (rig.flash.power.powered) expect('offer', delivery.code);
  return delivery;
};
