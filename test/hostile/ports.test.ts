import test from 'ava';
import { bootDecide, bootDecisionNew, openAgent, reportNew, statusNew } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import type { Ports } from '../../hal/ports.ts';
import { benchNew, benchOpen, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const update = release(firmware(2, 9000), 2);
const fail = (): never => {
  throw new Error('port');
};

/** One function of one port throws. */
const broken: Readonly<Record<string, (ports: Ports) => Ports>> = {
  'clock.now': (ports) => inEnvironment(ports, { clock: { now: fail, trusted: () => true } }),
  'clock.trusted': (ports) => inEnvironment(ports, { clock: { now: () => 1, trusted: fail } }),
  energy: (ports) => inEnvironment(ports, { energy: fail }),
  log: (ports) => inEnvironment(ports, { log: fail }),
  'watchdog.feed': (ports) => inEnvironment(ports, { watchdog: { feed: fail } }),
  'watchdog.announce': (ports) => inEnvironment(ports, { watchdog: { feed: () => {}, announce: fail } }),
  'counter.read': (ports) => inEnvironment(ports, { counter: { read: fail, raise: () => {} } }),
  'counter.raise': (ports) => inEnvironment(ports, { counter: { read: () => 0, raise: fail } }),
  resetCause: (ports) => inEnvironment(ports, { resetCause: fail }),
  reset: (ports) => inEnvironment(ports, { reset: fail }),
  'crypto.verify': (ports) => ({ ...ports, crypto: { ...ports.crypto, verify: fail } }),
  'hash.begin': (ports) => hashing(ports, 'begin'),
  'hash.update': (ports) => hashing(ports, 'update'),
  'hash.finish': (ports) => hashing(ports, 'finish'),
  'inflate.begin': (ports) => ({ ...ports, inflate: { ...ports.inflate, begin: fail } }),
  'inflate.push': (ports) => ({ ...ports, inflate: { ...ports.inflate, push: fail } }),
  'inflate.finish': (ports) => ({ ...ports, inflate: { ...ports.inflate, finish: fail } }),
};

const inEnvironment = (ports: Ports, more: Partial<Ports['environment']>): Ports => ({
  ...ports,
  environment: { ...ports.environment, ...more },
});

const hashing = (ports: Ports, name: 'begin' | 'update' | 'finish'): Ports => ({
  ...ports,
  crypto: { ...ports.crypto, sha256: () => ({ ...ports.crypto.sha256(), [name]: fail }) },
});

/** Every call of the façade, on an agent in whatever state. */
const everyCall = (bench: Bench): number[] => {
  const { agent } = bench;
  return [
    agent.status(statusNew()),
    agent.report(reportNew()),
    agent.confirm(),
    agent.check('c', 1, 5, () => 1),
    agent.poll(),
    agent.poll(),
    agent.cancel(),
    offer(agent, update),
    agent.wanted({ offset: 0, length: 0 }),
    agent.uri(new Uint8Array(99)),
    agent.activate(),
    agent.forgive(),
    offer(agent, update, { mode: 'stream' }),
    agent.reject(1),
    agent.revert(),
    agent.consent(new Uint8Array(32)),
  ];
};

for (const [name, breaks] of Object.entries(broken)) {
  test(`${name} throws: the board boots its image, or says that it cannot`, (t) => {
    for (const lead of ['new', 'trial', 'settled'] as const) {
      const bench = benchNew();
      bench.boot();
      if (lead !== 'new') {
        t.is(offer(bench.agent, update), 0);
        t.is(bench.agent.activate(), 0);
      }
      if (lead === 'settled') {
        bench.boot();
        t.is(bench.agent.confirm(), 0);
      }
      const into = bootDecisionNew();
      t.notThrows(() => {
        const code = bootDecide(breaks(bench.ports), bench.config, into);
        t.true(code === 0 || code === Err.NothingBootable);
        // Only what the proof needs can keep a board from booting.
        if (!/^(crypto|hash)/.test(name)) t.is(code, 0);
      });
    }
  });

  test(`${name} throws: the agent gives codes`, (t) => {
    for (const lead of ['settled', 'trial'] as const) {
      const bench = benchOpen();
      if (lead === 'trial') {
        t.is(offer(bench.agent, update), 0);
        t.is(bench.agent.activate(), 0);
        bench.boot();
      }
      t.notThrows(() => {
        bench.agent = openAgent(breaks(bench.ports), bench.config);
        for (const code of everyCall(bench)) t.true(Number.isInteger(code));
      });
      t.is(bench.operations.slots[lead === 'trial' ? 1 : 0]! > 0, lead === 'trial');
    }
  });
}
