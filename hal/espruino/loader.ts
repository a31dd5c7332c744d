/**
 * The part that stays: called by `.bootrst`, it asks the boot decision which slot runs, and gives the image in it a way
 * to the agent. `.bootrst` then evaluates the image, in the global scope.
 *
 * Written in the device dialect, like agent/.
 */
import { openAgent } from '../../agent/agent.ts';
import type { Agent } from '../../agent/agent.ts';
import { bootDecide, bootDecisionNew } from '../../agent/boot.ts';
import type { BootDecision } from '../../agent/boot.ts';
import type { Config } from '../../agent/config.ts';
import { httpUpdate } from './http.ts';
import type { NativeHttp, NativeUrl } from './natives.ts';
import type { BootPorts, Inflate, Ports } from '../ports.ts';

/** What a product wires, each part made when it is needed. */
export interface Board {
  config(): Config;
  /** `running`: what the environment answers. Called by the boot decision, and once more for the agent. */
  ports(running: () => number): BootPorts;
  inflate(): Inflate;
  /** The source of the image in a slot: mapped memory, or a copy where there is none. */
  image(slot: number, size: number): string;
  network(): Network;
}

/** What `update` needs. */
export interface Network {
  readonly http: NativeHttp;
  readonly parse: (url: string) => NativeUrl;
  readonly later: (step: () => void, milliseconds: number) => unknown;
}

/** What the image finds in the global `flipside`. */
export interface Loaded {
  /** As the boot decision said; slot 255: nothing can be booted, and the code says why. */
  readonly decision: BootDecision;
  readonly code: number;
  /** The source of the image; empty: there is none. */
  image(): string;
  /** Opens the agent; the same one each time. */
  open(): Agent;
  /** Fetches an update; `done` is told 0, when it may be activated, or a code. The URL is of the envelope. */
  update(url: string, done: (code: number) => void): void;
}

function agentOf(board: Board, running: () => number): Agent {
  const ports = board.ports(running);
  const full: Ports = {
    slots: ports.slots,
    journal: ports.journal,
    crypto: ports.crypto,
    environment: ports.environment,
    inflate: board.inflate(),
  };
  return openAgent(full, board.config());
}

function updateStart(network: Network, agent: Agent, url: string, done: (code: number) => void): void {
  httpUpdate({
    agent: agent,
    http: network.http,
    parse: network.parse,
    later: network.later,
    url: url,
    done: done,
  });
}

/** Asks the boot decision. What it used is given back when this returns. */
export function load(board: Board): Loaded {
  const decision = bootDecisionNew();
  const running = (): number => decision.slot;
  const code = bootDecide(board.ports(running), board.config(), decision);
  let agent: Agent | undefined = undefined;
  const open = (): Agent => {
    if (!agent) agent = agentOf(board, running);
    return agent;
  };
  return {
    decision: decision,
    code: code,
    image: (): string => (code < 0 ? '' : board.image(decision.slot, decision.imageSize)),
    open: open,
    update: (url, done) => updateStart(board.network(), open(), url, done),
  };
}
