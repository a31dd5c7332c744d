/**
 * What is measured on the emulated board: the boot decision, then one update out of the second bank, without a line or an
 * application beside it. Times are of a machine whose clock counts instructions.
 */
import { bootDecide, bootDecisionNew, Busy, Done, Err, Idle, openAgent } from '../../agent/index.ts';
import type { Agent } from '../../agent/index.ts';
import { slotOffset } from '../../hal/xs-riscv/firmware/flash.ts';
import { portsOpen } from '../../hal/xs-riscv/firmware/ports.ts';
import { BOOT_CONFIG, PORTS, verifierLoad } from './crypto.ts';
import { instructions } from './instructions.ts';
import { AGENT_CONFIG, programDecided } from './patched.ts';
import { readsCounted, readsOpen, readsSay } from './reads.ts';

/** Where the host has put the bundle: its length, the length of its envelope, then itself. */
const BUNDLE = 0x1000000;
const HEAD = 8;
const CHUNK = 256;

function number(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) + 256 * ((bytes[at + 1] as number) + 256 * (bytes[at + 2] as number));
}

function decide(): void {
  const from = instructions();
  const decision = bootDecisionNew();
  const code = bootDecide(PORTS, BOOT_CONFIG, decision);
  boardLog('decided ' + code + ' ' + (instructions() - from));
  if (code >= 0) programDecided(decision.slot, slotOffset(decision.slot), decision.imageSize);
}

/** Until the agent is at rest: Idle or a code. */
function settle(agent: Agent): number {
  for (;;) {
    const code = agent.poll();
    if (code < 0 || code === Idle) return code;
  }
}

function update(): number {
  const reads = readsOpen();
  const agent = openAgent(portsOpen(readsCounted(PORTS, reads)), AGENT_CONFIG);
  const chunk = new Uint8Array(CHUNK);
  const range = { offset: 0, length: 0 };
  flashRead(BUNDLE, chunk);
  const size = number(chunk, 0);
  const envelope = number(chunk, 4);
  let taken = 0;
  let verified = 0;
  const from = instructions();
  let code = agent.offerBegin();
  while (code >= 0) {
    code = settle(agent);
    if (code < 0) break;
    code = agent.wanted(range);
    if (code === Busy) continue;
    if (code === Done) {
      readsSay(reads);
      boardLog('staged ' + size + ' ' + (verified - from) + ' ' + (instructions() - from));
      return code;
    }
    let at = taken;
    if (code === Err.EnvelopeTooShort) code = 0;
    else {
      if (code < 0) break;
      if (verified === 0) verified = instructions();
      at = envelope + range.offset;
    }
    const end = taken < envelope ? envelope : size;
    const length = end - at < CHUNK ? end - at : CHUNK;
    flashRead(BUNDLE + HEAD + at, chunk);
    code = agent.push(chunk, 0, length);
    taken = at + (code > 0 ? code : 0);
  }
  return code;
}

function main(): void {
  verifierLoad();
  const code = update();
  if (code < 0) boardLog('failed ' + code);
  for (;;) boardFeed(0);
}

// oxlint-disable device/dialect
(globalThis as unknown as { decide: () => void }).decide = decide;
(globalThis as unknown as { main: () => void }).main = main;
// oxlint-enable device/dialect
