/** Finds out what kind of image a slot holds, and makes a running program of it. */
import { createHash } from 'node:crypto';
import type { Ports } from '../hal/ports.ts';
import { scripted } from './behaviour.ts';
import type { Application } from './behaviour.ts';
import type { Board } from './board.ts';
import { boardRealm } from './bootloader.ts';
import type { Booted } from './bootloader.ts';
import type { Cycle } from './cycle.ts';
import { keepOf, portsOf } from './environment.ts';
import type { Agent, Chooser } from './flipside.ts';
import { scriptOpen } from './script.ts';

export interface Program {
  readonly agent: Agent;
  /** Where the board has an owner who wants something of the moment. */
  readonly chooser: Chooser | undefined;
  readonly application: Application;
}

const imageRead = (ports: Ports, slot: number, size: number): Uint8Array => {
  const image = new Uint8Array(size);
  ports.slots[slot]!.partition.read(image, 0);
  return image;
};

/** The source, where the image is text; firmware for a processor has zero bytes and is no UTF-8. */
const sourceOf = (image: Uint8Array): string | undefined => {
  if (image.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(image);
  } catch {
    return undefined;
  }
};

/** Loads the image that the decision chose. It has not run yet. */
export const programOpen = (board: Board, cycle: Cycle, booted: Booted): Program => {
  const { decision } = booted;
  const ports = portsOf(board, cycle);
  const image = imageRead(ports, decision.slot, decision.imageSize);
  const { images = {}, otherwise = { kind: 'healthy' } } = board.behaviours;
  const listed = images[createHash('sha256').update(image).digest('hex')];
  const executes = listed === undefined && board.options.realm === undefined;
  const source = executes ? sourceOf(image) : undefined;
  if (source === undefined) {
    // Bytes that are not executed leave nothing behind: the realm of the decision serves.
    const { openAgent, momentOpen, patches, encryption } = booted.realm.flipside;
    const { owner } = board.options;
    const chooser = owner && momentOpen(ports.environment.clock, owner, keepOf(board, cycle));
    const agent = openAgent(ports, { patches, encryption, moment: chooser, ...board.config });
    return { agent, chooser, application: scripted(board, cycle, agent, listed ?? otherwise) };
  }
  const realm = boardRealm(board, cycle);
  const script = scriptOpen(board, cycle, realm, ports, board.config, decision, source);
  return { agent: script.agent, chooser: script.chooser, application: script };
};
