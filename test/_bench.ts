/**
 * A board in this process, without realms: the real agent and boot decision over simulated flash, with every flash
 * operation counted by place. Boots are explicit, and nothing but flash, counter and clock goes from one to the next.
 */
import {
  bootDecide,
  bootDecisionNew,
  Busy,
  hssLms,
  openAgent,
  reportNew,
  Reset,
  statusNew,
  swap,
  Wanted,
} from '../agent/index.ts';
import type { Agent, BootDecision, Config, Report, Status } from '../agent/index.ts';
import { driveByRange, driveByStream, driveNow } from '../hal/driver.ts';
import { windowInflate } from '../hal/inflate.ts';
import { BOARDS, openBoard } from '../hal/node/boards.ts';
import type { BoardFlash, BoardName, BoardProfile } from '../hal/node/boards.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';
import type { Clock, Environment, Ports } from '../hal/ports.ts';
import { slotImage } from '../publisher/index.ts';
import type { PackOptions } from '../publisher/index.ts';
import { provision } from '../bootloader-sim/index.ts';
import type { Board, Update } from '../bootloader-sim/index.ts';
import { config, firmware, release } from './bootloader-sim/_real.ts';

/** Erases and programs, by place. */
export interface Operations {
  erases: number;
  programs: number;
  /** Of slot A, slot B, and the journal: erases and programs together. */
  slots: [number, number];
  journal: number;
}

export interface BenchOptions {
  readonly board?: BoardName;
  /** In place of `board`. */
  readonly profile?: BoardProfile;
  readonly config?: Partial<Config>;
  readonly decryption?: Ports['decryption'];
  /** In slot A at the factory. */
  readonly image?: Uint8Array;
  /** What is otherwise than usual in the factory's release. */
  readonly factory?: Partial<PackOptions>;
  /** A clock of the test's own, or one of these. */
  readonly clock?: 'trusted' | 'untrusted' | 'uptime' | 'none' | Clock;
  /** The hardware counter's value, where the board has one. */
  readonly counter?: number;
}

export interface Bench {
  readonly flash: BoardFlash;
  config: Config;
  ports: Ports;
  agent: Agent;
  decision: BootDecision;
  code: number;
  seconds: number;
  started: number;
  counter: number | undefined;
  energy: (moment: number) => boolean;
  resets: number;
  /** What the agent logged: code and detail. */
  readonly log: (readonly [number, number])[];
  readonly operations: Operations;
  /** What happened since the last call. */
  since(): Operations;
  /** Resets for a cause, decides, and opens the agent where there is something to run. */
  boot(cause?: number): number;
  status(): Status;
  report(): Report;
}

export const EPOCH = 1_704_067_200;
export const IMAGE: Uint8Array = firmware(1, 9000);

const zero = (): Operations => ({ erases: 0, programs: 0, slots: [0, 0], journal: 0 });
export const NOTHING: Operations = zero();

const traced = (flash: BoardFlash, operations: Operations): void => {
  const places = [flash.profile.slots[0], flash.profile.slots[1], flash.profile.journal].map((range) => {
    const starts = flash.devices[range.device]!.sectors.starts;
    const end = starts[range.from + range.count] ?? Infinity;
    return { device: range.device, from: starts[range.from]!, to: end };
  });
  flash.power.trace = ({ device, kind, offset }) => {
    if (kind === 'erase') operations.erases++;
    else operations.programs++;
    const place = places.findIndex((one) => one.device === device && offset >= one.from && offset < one.to);
    if (place === 2) operations.journal++;
    else operations.slots[place]!++;
  };
};

const clockOf = (bench: Bench, kind: BenchOptions['clock']): Clock | undefined => {
  if (kind === 'none') return undefined;
  if (typeof kind === 'object') return kind;
  return {
    now: () => (kind === 'uptime' ? bench.seconds - bench.started : bench.seconds),
    trusted: () => kind !== 'uptime' && kind !== 'untrusted',
  };
};

const environmentOf = (bench: Bench, cause: number, kind: BenchOptions['clock']): Environment => ({
  reset: () => {
    bench.resets++;
  },
  resetCause: () => cause,
  running: () => bench.decision.slot,
  clock: clockOf(bench, kind),
  energy: (moment) => bench.energy(moment),
  log: (code, detail) => void bench.log.push([code, detail]),
  counter:
    bench.counter === undefined
      ? undefined
      : {
          read: () => bench.counter!,
          raise: (to) => {
            bench.counter = Math.max(bench.counter!, to);
          },
        },
});

/** A board as it leaves the factory, not booted yet. */
export const benchNew = (options: BenchOptions = {}): Bench => {
  const flash = openBoard(options.profile ?? BOARDS[options.board ?? 'tiny']);
  const image = options.image ?? IMAGE;
  const { envelope } = release(image, 1, options.factory);
  const { size, writeAlign, eraseValue } = flash.slots[0].partition.status();
  provision(
    { flash } as Board,
    0,
    slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue }),
  );
  const operations = zero();
  const last = zero();
  traced(flash, operations);
  const bench: Bench = {
    flash,
    config: { ...config, hssLms, ...(flash.profile.swap && { swap }), ...options.config },
    ports: undefined as unknown as Ports,
    agent: undefined as unknown as Agent,
    decision: bootDecisionNew(),
    code: 0,
    seconds: EPOCH,
    started: EPOCH,
    counter: options.counter,
    energy: () => true,
    resets: 0,
    log: [],
    operations,
    since() {
      const slots = operations.slots.map((count, slot) => count - last.slots[slot]!) as [number, number];
      const now = {
        erases: operations.erases - last.erases,
        programs: operations.programs - last.programs,
        slots,
        journal: operations.journal - last.journal,
      };
      Object.assign(last, operations, { slots: [...operations.slots] });
      return now;
    },
    boot(cause = Reset.Requested) {
      bench.seconds += 2;
      bench.started = bench.seconds;
      bench.decision = bootDecisionNew();
      bench.ports = {
        slots: flash.slots,
        journal: flash.journal,
        crypto: nodeCrypto(),
        inflate: windowInflate(),
        decryption: options.decryption,
        environment: environmentOf(bench, cause, options.clock ?? 'trusted'),
      };
      bench.code = bootDecide(bench.ports, bench.config, bench.decision);
      if (bench.code === 0) bench.agent = openAgent(bench.ports, bench.config);
      return bench.code;
    },
    status() {
      const into = statusNew();
      bench.agent.status(into);
      return into;
    },
    report() {
      const into = reportNew();
      bench.agent.report(into);
      return into;
    },
  };
  return bench;
};

/** A board that runs the factory image, its counters at zero. */
export const benchOpen = (options: BenchOptions = {}): Bench => {
  const bench = benchNew(options);
  bench.boot(Reset.Power);
  bench.since();
  return bench;
};

export interface OfferOptions {
  readonly mode?: 'stream' | 'range';
  readonly chunk?: number;
}

/** Offers an update and pushes it as far as it is taken: the agent's code. */
export const offer = (agent: Agent, update: Update, options: OfferOptions = {}): number => {
  const drive = options.mode === 'stream' ? driveByStream : driveByRange;
  const course = drive(agent, update.envelope, { chunk: options.chunk ?? 1024 });
  return driveNow(course, (offset, length) => update.payload.subarray(offset, offset + length)).code;
};

/** Polls until there is nothing more to do: Idle, or a code. */
export const settle = (agent: Agent): number => {
  for (let polls = 0; polls < 100_000; polls++) {
    const code = agent.poll();
    if (code !== 1) return code;
  }
  throw new Error('polls without end');
};

/** Offers an update and fetches it by range, until it is staged or `stop` bytes of payload have come. */
export const fetchByRange = (
  agent: Agent,
  update: Update,
  { chunk, stop = Infinity }: { readonly chunk: number; readonly stop?: number },
): { bytes: number; code: number } => {
  const range = { offset: 0, length: 0 };
  let bytes = 0;
  agent.offerBegin();
  agent.push(update.envelope, 0, update.envelope.length);
  let code = settle(agent);
  for (let tries = 0; code >= 0 && bytes < stop; tries++) {
    if (tries === 100_000) throw new Error('fetches without end');
    const want = agent.wanted(range);
    if (want !== Wanted && want !== Busy) break;
    if (want === Wanted) {
      const n = Math.min(range.length, chunk, stop - bytes);
      const took = agent.push(update.payload, range.offset, range.offset + n);
      if (took < 0) return { bytes, code: took };
      bytes += took;
    }
    code = settle(agent);
  }
  return { bytes, code };
};

/** Offers bytes as an envelope alone, and polls: the code that came of it, or what wanted() says. */
export const offerEnvelope = (agent: Agent, envelope: Uint8Array): number => {
  let code = agent.offerBegin();
  if (code < 0) return code;
  for (let at = 0; at < envelope.length;) {
    code = agent.push(envelope, at, envelope.length);
    if (code < 0) return code;
    at += code;
    // Whatever lies beyond what the agent takes for the envelope waits for its turn as payload.
    if (code === 0) break;
  }
  code = settle(agent);
  return code < 0 ? code : agent.wanted({ offset: 0, length: 0 });
};

/** Offers, stages and activates an update, and boots it on trial: the first code that was none. */
export const install = (bench: Bench, update: Update, options: OfferOptions = {}): number => {
  let code = offer(bench.agent, update, options);
  if (code >= 0) code = bench.agent.activate();
  return code < 0 ? code : bench.boot();
};

/** The same, and the trial confirmed. */
export const installConfirm = (bench: Bench, update: Update, options: OfferOptions = {}): number => {
  const code = install(bench, update, options);
  return code < 0 ? code : bench.agent.confirm();
};
