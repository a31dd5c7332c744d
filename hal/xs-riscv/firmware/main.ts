/**
 * What the board does after each reset: the boot decision, then the image of the slot it chose, run in place, and
 * beside it the agent. Evaluated once, when the realm is frozen; `main` is called after each reset.
 */
import { bootDecide, bootDecisionNew, Check, openAgent } from '../../../agent/index.ts';
import type { Config } from '../../../agent/index.ts';
import { ALGORITHM_ED25519 } from '../../strict.ts';
import { portsOpen, slotOffset } from './ports.ts';

function configOf(): Config {
  const bytes = (numbers: readonly number[]): Uint8Array => new Uint8Array(numbers);
  return {
    vendor: bytes(CONFIG.vendor),
    classId: bytes(CONFIG.classId),
    anchors: [{ keyId: bytes(CONFIG.keyId), algorithm: ALGORITHM_ED25519, key: bytes(CONFIG.key) }],
  };
}

/** The boot decision. The board calls it in a machine of its own. */
function decide(): void {
  const decision = bootDecisionNew();
  const code = bootDecide(portsOpen(), configOf(), decision);
  const trial = decision.trial ? ' trial ' + decision.attempt : '';
  boardLog('boot ' + code + ' slot ' + decision.slot + ' sequence ' + decision.sequence + trial);
  if (code >= 0) boardDecided(decision.slot, slotOffset(decision.slot), decision.imageSize);
}

function main(): void {
  const agent = openAgent(portsOpen(), configOf());
  runImage();
  agent.check('app', Check.Required, 0, () => 1);
  for (let polls = 0; polls < 10; polls++) agent.poll();
}

(globalThis as unknown as { decide: () => void }).decide = decide;
(globalThis as unknown as { main: () => void }).main = main;
