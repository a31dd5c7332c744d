/** An image: what the product does. It adds its health check before anything else that can fail. */
import type { Agent } from 'flipside/agent';

interface Device {
  readonly agent: Agent;
  readonly log: (text: string) => void;
  readonly Check: { readonly Required: number };
}

/** Of this release. */
const VERSION = 1;
const LIT = 1;

export default function ({ agent, log, Check }: Device): void {
  log(`lamp, version ${VERSION}`);
  agent.check('lamp is lit', Check.Required, 5, () => LIT);
}
