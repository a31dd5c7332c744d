/** A JavaScript application, executed for real, in a realm of its own, with the device's API as global `device`. */
import vm from 'node:vm';
import type { Ports } from '../hal/ports.ts';
import type { Application } from './behaviour.ts';
import type { Board } from './board.ts';
import { cycleFeed, cycleLog } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import { keepOf } from './environment.ts';
import type { Agent, Chooser, Config, Decision } from './flipside.ts';
import type { Realm } from './realm.ts';

/** What the realm is given to build `device` from. Functions that take and give nothing but numbers and strings. */
interface Host {
  readonly log: (text: string) => void;
  readonly feed: () => void;
  readonly arm: (seconds: number) => void;
  readonly seconds: () => number;
  readonly network: () => boolean;
  readonly reset: () => void;
}

interface Device {
  readonly agent: Agent;
  readonly chooser: Chooser | undefined;
  readonly tick: (tick: number) => void;
}

/**
 * `device` is made inside the realm: an object of the host in the application's hands would be a way for state to
 * outlive a reset. For the same reason an error of the host is made anew.
 */
const deviceScript = new vm.Script(
  `(function (host, ports, config, facts, owner, keep) {
    'use strict';
    const guard = (work) => (...given) => {
      try { return work(...given); }
      catch (error) { throw new Error(String(error && error.message)); }
    };
    const { openAgent, momentOpen, patches, encryption, hssLms, swap } = flipside;
    let veto = owner && owner.veto;
    const chooser = owner && momentOpen(ports.environment.clock, Object.assign({}, owner, {
      veto: (moment, offer) => veto ? veto(moment, offer) : 0,
    }), keep);
    const agent = openAgent(ports, Object.assign({ patches, encryption, moment: chooser }, config, { hssLms, swap: config.swap && swap }));
    const ticking = [];
    let failure;
    const Kinds = { required: 1, advisory: 2, network: 3 };
    globalThis.device = {
      agent,
      slot: facts.slot, cause: facts.cause, trial: facts.trial, attempt: facts.attempt,
      version: { sequence: facts.sequence, securityVersion: facts.securityVersion },
      health: {
        check: (name, kind, deadline, run) => agent.check(name, Kinds[kind] ?? kind, deadline, run),
        confirm: () => agent.confirm(),
        reject: (reason) => agent.reject(reason),
      },
      watchdog: { feed: guard(host.feed), arm: guard((seconds) => host.arm(Number(seconds))) },
      log: guard((...words) => host.log(words.map(String).join(' '))),
      seconds: guard(host.seconds),
      network: guard(host.network),
      reset: guard(host.reset),
      moment: chooser,
      veto: (hook) => { veto = hook; },
      every: (work) => { ticking.push(work); },
    };
    return {
      agent,
      chooser,
      tick(count) {
        if (failure !== undefined) throw failure.error;
        for (const work of ticking) {
          const result = work(count);
          // A rejection that nobody handles takes the board down, as an exception does; at the next tick.
          if (result instanceof Promise) result.then(undefined, (error) => { failure ??= { error }; });
        }
      },
    };
  })`,
  { filename: 'device.js' },
);

const hostOf = (board: Board, cycle: Cycle, ports: Ports): Host => ({
  log: (text) => cycleLog(board, cycle, text),
  feed: () => cycleFeed(board, cycle),
  arm(seconds) {
    cycleFeed(board, cycle);
    cycle.watchdog = seconds > 0 ? seconds : 0;
  },
  seconds: () => board.seconds,
  network: () => board.network,
  reset: () => ports.environment.reset(),
});

export interface Script extends Application {
  readonly agent: Agent;
  readonly chooser: Chooser | undefined;
}

export const scriptOpen = (
  board: Board,
  cycle: Cycle,
  realm: Realm,
  ports: Ports,
  config: Config,
  decision: Decision,
  source: string,
): Script => {
  const make = realm.runOwn(deviceScript) as (...given: unknown[]) => Device;
  const facts = { ...decision, cause: cycle.cause };
  const { owner } = board.options;
  const device = make(hostOf(board, cycle, ports), ports, config, facts, owner, keepOf(board, cycle));
  return {
    agent: device.agent,
    chooser: device.chooser,
    start() {
      realm.run(new vm.Script(source, { filename: `slot-${'AB'[decision.slot]}.js` }));
    },
    tick: (tick) => realm.call(() => device.tick(tick)),
    poll: () => realm.call(() => device.agent.poll()),
  };
};
