/** Run by memory.ts in a process of its own, with the collector at hand. Prints one `HeapFigures` as JSON. */
import { Idle, More, openAgent } from '../agent/index.ts';
import type { Agent } from '../agent/index.ts';
import { windowInflate } from '../hal/inflate.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';
import type { Ports } from '../hal/ports.ts';
import { BOARD, IMAGE_SIZES, imageOf } from './memory.ts';
import { pairsRead } from './pairs.ts';
import { quietFlash, replay } from './quiet-ports.ts';
import { config, expect, release, rigDecide, rigOpen, STRANGER } from './rig.ts';
import type { Rig } from './rig.ts';

export interface HeapFigures {
  /** Bytes held by an open agent, buffers and objects. */
  readonly open: number;
  /** The most it held beyond that in a receive. */
  readonly growth: number;
  readonly garbage: readonly { readonly imageSize: number; readonly bytesPerCall: number }[];
}

/** Enough to make what one holds stand out of what the heap does by itself. */
const AGENTS = 100;
const WARM_UPS = 1;
const CHUNK = 1024;
/** Calls between two collections. */
const SAMPLE = 16;
const REPEATS = 3;
const GARBAGE_CALLS = 2000;

const collect = globalThis.gc;
if (collect === undefined) throw new Error('run with --expose-gc');

const used = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const settled = (): number => {
  collect();
  collect();
  return used();
};

interface Stage {
  /** An agent on flash as it was. */
  readonly open: (recording?: boolean) => Agent;
  /** Puts the flash back to what it was when an agent was opened on it. */
  readonly again: () => void;
  /** Receives the update whole; `each` after every call. Returns the number of calls. */
  readonly receive: (agent: Agent, each?: (calls: number) => void) => number;
}

const stageOpen = (rig: Rig, image: Uint8Array): Stage => {
  const { slots, journal } = rig.flash;
  const flashes = [quietFlash(slots[0]), quietFlash(slots[1]), quietFlash(journal)] as const;
  const digests = replay(nodeCrypto());
  const { bundle } = release(image, 2);
  const ports: Ports = {
    ...rig.ports,
    slots: [flashes[0].port, flashes[1].port],
    journal: flashes[2].port,
    inflate: windowInflate(),
  };
  const recorded: Ports = { ...ports, crypto: digests.recorder };
  const played: Ports = { ...ports, crypto: digests.player };
  const restore = (): void => {
    for (const flash of flashes) flash.restore();
  };
  let opened = 0;
  return {
    open(recording = false) {
      restore();
      digests.rewind(0);
      const agent = openAgent(recording ? recorded : played, config);
      opened = digests.said();
      return agent;
    },
    again() {
      restore();
      digests.rewind(opened);
    },
    receive(agent, each = () => {}) {
      let calls = 0;
      const called = (code: number): number => {
        if (code < 0) expect('receive', code);
        each(calls++);
        return code;
      };
      called(agent.offerBegin());
      for (let at = 0; at < bundle.length;) {
        at += called(agent.push(bundle, at, Math.min(bundle.length, at + CHUNK)));
        while (called(agent.poll()) === More);
      }
      while (called(agent.poll()) !== Idle);
      return calls;
    },
  };
};

const warm = (stage: Stage): void => {
  stage.receive(stage.open(true));
  for (let times = 0; times < WARM_UPS; times++) stage.receive(stage.open());
};

const measureOpen = (stage: Stage): number => {
  const agents: (Agent | undefined)[] = Array.from({ length: AGENTS }, () => undefined);
  const before = settled();
  for (let at = 0; at < AGENTS; at++) agents[at] = stage.open();
  const held = settled() - before;
  // The last one is used after the collection, so all were alive in it.
  if (agents[AGENTS - 1] === undefined) throw new Error('no agent');
  return Math.round(held / AGENTS);
};

/** The least of several: what the engine does once in a while is not the agent's. */
const measureGrowth = (stage: Stage): number => {
  const growths = Array.from({ length: REPEATS }, () => {
    const agent = stage.open();
    const before = settled();
    let most = before;
    stage.receive(agent, (calls) => {
      if (calls % SAMPLE === 0) most = Math.max(most, settled());
    });
    return most - before;
  });
  return Math.min(...growths);
};

/** Over many receives: the heap is read to the page only. */
const measureGarbage = (stage: Stage): number => {
  const agents: Agent[] = [];
  let calls = stage.receive(stage.open());
  while (agents.length * calls < GARBAGE_CALLS) agents.push(stage.open());
  const before = settled();
  calls = 0;
  for (const agent of agents) {
    stage.again();
    calls += stage.receive(agent);
  }
  return Math.round((used() - before) / calls);
};

const pairs = pairsRead();
const board = rigOpen(BOARD, STRANGER);
rigDecide(board);
const stages = IMAGE_SIZES.map((size) => stageOpen(board, imageOf(pairs, size)));
stages.forEach(warm);
const stage = stages[1]!;
const figures: HeapFigures = {
  open: measureOpen(stage),
  growth: measureGrowth(stage),
  garbage: stages.map((one, at) => ({ imageSize: IMAGE_SIZES[at]!, bytesPerCall: measureGarbage(one) })),
};
console.log(JSON.stringify(figures));
