/**
 * What the board does after each reset: the boot decision, then the image of the slot it chose, run in place, and
 * beside it the agent on the serial line. Evaluated once, when the realm is frozen; the board calls `decide` and `main`
 * after each reset.
 */
import { bootDecide, bootDecisionNew, openAgent } from '../../../agent/index.ts';
import { configOf } from './config.ts';
import { openSerial } from '../../serial/server.ts';
import type { Device } from './device.ts';
import { slotOffset } from './flash.ts';
import { lineOpen, lineStep } from './line.ts';
import { bootPorts, portsOpen } from './ports.ts';

/** The boot decision. The board calls it in a machine of its own. */
function decide(): void {
  const decision = bootDecisionNew();
  const code = bootDecide(bootPorts(), configOf(), decision);
  const trial = decision.trial ? ' trial ' + decision.attempt : '';
  boardLog('boot ' + code + ' slot ' + decision.slot + ' sequence ' + decision.sequence + trial);
  if (code >= 0) boardDecided(decision.slot, slotOffset(decision.slot), decision.imageSize);
}

function main(): void {
  const ports = portsOpen(bootPorts());
  const agent = openAgent(ports, configOf());
  const environment = ports.environment;
  const serial = openSerial({ agent: agent, reset: () => environment.reset(), slotSize: slotOffset(1) });
  const line = lineOpen(serial);
  const device: Device = { agent: agent, step: undefined };
  (globalThis as unknown as { device: Device }).device = device;
  runImage();
  for (;;) {
    if (environment.watchdog) environment.watchdog.feed();
    lineStep(line);
    agent.poll();
    if (device.step) device.step();
  }
}

// The board finds them by name when the realm is frozen: to be there is what this module is for.
// oxlint-disable device/dialect
(globalThis as unknown as { decide: () => void }).decide = decide;
(globalThis as unknown as { main: () => void }).main = main;
// oxlint-enable device/dialect
