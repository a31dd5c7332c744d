import test from 'ava';
import { Check, Err, Event, Ok, Reset, bootDecide, bootDecisionNew, openAgent } from '../../agent/index.ts';
import type { Agent } from '../../agent/index.ts';
import { EPOCH, benchOpen, install, installConfirm, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const second = release(firmware(2, 9000), 2);

test('a clock that is set during the trial does not end it', (t) => {
  const bench = benchOpen({ clock: 'none' });
  t.is(install(bench, second), Ok);
  let seconds = 3;
  let set = false;
  const clock = { now: () => seconds, trusted: () => set };
  const ports = { ...bench.ports, environment: { ...bench.ports.environment, clock } };
  const agent: Agent = openAgent(ports, bench.config);
  agent.check('app', Check.Required, 60, () => 0);
  t.is(agent.poll(), 0);
  seconds = EPOCH;
  set = true;
  t.is(agent.poll(), 0);
  seconds += 30;
  t.is(agent.poll(), 0);
  seconds += 31;
  t.is(agent.poll(), Err.CheckFailed);
});

test('a clock that was set after the first boot of a trial does not end it at the next', (t) => {
  const bench = benchOpen({ clock: 'uptime' });
  t.is(install(bench, second), Ok);
  const clock = { now: () => EPOCH, trusted: () => true };
  const ports = { ...bench.ports, environment: { ...bench.ports.environment, clock } };
  const decision = bootDecisionNew();
  t.is(bootDecide(ports, bench.config, decision), Ok);
  t.true(decision.trial);
});

test('wakes by a clock that starts again at each do not make an endless trial', (t) => {
  const bench = benchOpen({ clock: 'uptime' });
  t.is(install(bench, second), Ok);
  let boots = 1;
  while (bench.decision.trial && boots < 300) {
    bench.boot(Reset.Wake);
    boots++;
  }
  t.is(boots, 65);
  t.is(bench.report().code, Err.WindowOver);
});

test('by hand one goes back to what was confirmed once, and to nothing else', (t) => {
  const bench = benchOpen();
  t.is(offer(bench.agent, second), Ok);
  t.true(bench.agent.revert() < 0);
  bench.boot();
  t.is(bench.decision.slot, 0);
  t.is(install(bench, second), Ok);
  t.is(bench.agent.reject(1), Err.Rejected);
  bench.boot();
  t.true(bench.agent.revert() < 0);
  bench.boot();
  t.is(bench.decision.slot, 0);
  t.is(installConfirm(bench, release(firmware(3, 9000), 3)), Ok);
  t.is(bench.agent.revert(), Ok);
  bench.boot();
  t.is(bench.decision.slot, 0);
  t.is(bench.agent.revert(), Ok);
  bench.boot();
  t.is(bench.decision.slot, 1);
});

test('no offer between the end of a trial, or a way back, and the reset', (t) => {
  const bench = benchOpen();
  t.is(install(bench, second), Ok);
  bench.agent.reject(1);
  t.true(bench.agent.offerBegin() < 0);
  bench.boot();
  t.is(installConfirm(bench, release(firmware(3, 9000), 3)), Ok);
  t.is(bench.agent.revert(), Ok);
  t.true(bench.agent.offerBegin() < 0);
});

test('a staged image is not booted as confirmed where the journal failed the boot decision', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, second), Ok);
  bench.boot();
  // The confirmed image rots, and the journal takes nothing while the other one is decided for.
  const { device, from } = bench.flash.profile.slots[1];
  const flash = bench.flash.devices[device]!;
  flash.poke(Uint8Array.of(0, 1), from * 4096 + 100);
  flash.fault = { program: (offset) => (offset < 3 * 4096 ? 'failed' : 'done') };
  bench.boot();
  flash.fault = null;
  t.is(bench.decision.slot, 0);
  offer(bench.agent, release(firmware(3, 9000), 3));
  bench.boot();
  t.is(bench.decision.slot, 0);
  t.is(install(bench, release(firmware(3, 9000), 3)), Ok);
  t.true(bench.decision.trial);
});

test('the report of a fallback has nothing of the event before it', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, second), Ok);
  t.is(install(bench, release(firmware(3, 9000), 3)), Ok);
  bench.agent.check('app', Check.Required, 0, () => -1);
  bench.agent.poll();
  bench.boot();
  t.is(bench.report().event, Event.Reverted);
  bench.flash.slots[0].partition.eraseBlock(0, 16);
  // Slot A again: an old image to fall back to.
  t.is(offer(bench.agent, release(firmware(4, 9000), 4)), Ok);
  const { device, from } = bench.flash.profile.slots[1];
  bench.flash.devices[device]!.poke(Uint8Array.of(0, 1), from * 4096 + 100);
  bench.boot();
  const report = bench.report();
  t.is(report.event, Event.Fallback);
  t.is(report.from, 2);
  t.is(report.check[0], 0);
});

test('a counter that fails, or a state without its seals, does not keep the board from running', (t) => {
  const bench = benchOpen({ counter: 0 });
  const raised = release(firmware(2, 9000), 2, { securityVersion: 2, minimumSecurityVersion: 2 });
  t.is(install(bench, raised), Ok);
  const { counter } = bench.ports.environment;
  const fails = (): never => {
    throw new Error('counter');
  };
  Object.assign(counter!, { raise: fails });
  t.is(bench.agent.confirm(), Ok);
  t.is(bench.boot(), Ok);
  Object.assign(bench.ports.environment.counter!, { read: fails, raise: fails });
  const decision = bootDecisionNew();
  t.is(bootDecide(bench.ports, bench.config, decision), Ok);
  t.is(decision.slot, 1);
  t.notThrows(() => openAgent(bench.ports, bench.config));
});

test('the counter is not raised by a confirm that is not on record for good', (t) => {
  const bench = benchOpen({ counter: 0 });
  const raised = release(firmware(2, 9000), 2, { securityVersion: 2, minimumSecurityVersion: 2 });
  t.is(install(bench, raised), Ok);
  // The state goes through, its seals do not; neither does anything at the next boot.
  const flash = bench.flash.devices['flash']!;
  let programs = 0;
  flash.fault = { program: () => (++programs > 2 ? 'failed' : 'done') };
  t.true(bench.agent.confirm() < 0);
  t.is(bench.counter, 0);
  bench.boot();
  t.is(bench.counter, 0);
  flash.fault = null;
  bench.boot();
  if (!bench.decision.trial) t.is(bench.counter, 2);
});
