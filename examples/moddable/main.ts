// The part that stays: boot decision, then the image of the slot it chose, and beside it the agent, which asks a server
// for the next one. An image is an archive of modules (mcrun), of which "image" is started.
import * as board from 'board';
import Timer from 'timer';
import {
  bootDecide,
  bootDecisionNew,
  Check,
  Done,
  openAgent,
  reportNew,
  statusNew,
} from 'flipside/agent/index';
import type { Agent } from 'flipside/agent';
import { reachable, updateStart } from './network.ts';
import { portsOpen } from './ports.ts';
import { productConfig } from './product.ts';

/** Milliseconds. */
const POLL = 20;
const ASK = 3000;

const server = () => ({
  host: board.setting('host'),
  port: parseInt(board.setting('port'), 10),
  envelope: board.setting('envelope'),
});

/** Asks the server for the next image, over and over; restarts when there is one. */
const askForUpdate = (agent: Agent): void => {
  updateStart(agent, server(), (code, trouble) => {
    board.log(`update ${code} ${trouble}${board.memory()}`);
    if (code !== Done) return void Timer.set(() => askForUpdate(agent), ASK);
    board.log(`activate ${agent.activate()}`);
    Timer.set(() => board.restart(), POLL);
  });
};

/** The slot to run, and the length of its image; undefined: neither slot has an image that may run. */
const decide = () => {
  const config = productConfig();
  const decision = bootDecisionNew();
  const code = bootDecide(portsOpen(0), config, decision);
  const trial = decision.trial ? `, attempt ${decision.attempt}` : '';
  board.log(`boot ${code}: slot ${decision.slot}, sequence ${decision.sequence}${trial}${board.memory()}`);
  return code < 0 ? undefined : decision;
};

export default function (): void {
  const decision = decide();
  if (!decision) return;
  const ports = portsOpen(decision.slot);
  const agent = openAgent(ports, productConfig());
  agent.check('server answers', Check.Network, 10, reachable(server()));
  board.imageLoad(decision.slot, decision.imageSize)({ agent, log: board.log, Check });

  const status = statusNew();
  let asking = false;
  Timer.repeat(() => {
    ports.environment.watchdog?.feed();
    // From then on the driver polls.
    if (asking) return;
    agent.poll();
    if (agent.status(status) < 0 || status.trial) return;
    asking = true;
    const report = reportNew();
    agent.report(report);
    board.log(`runs sequence ${status.sequence}, confirmed; last event ${report.event}, code ${report.code}`);
    askForUpdate(agent);
  }, POLL);
}
