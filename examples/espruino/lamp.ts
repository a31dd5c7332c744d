/**
 * The images of the example: scripts for Espruino. Each says which it is, is looked after by the agent, and asks a
 * server for the next one while it is not on trial.
 */

export interface LampOptions {
  readonly version: number;
  readonly healthy: boolean;
  /** Where the envelope of the next release is. */
  readonly url: string;
}

/** Ends the line of what the example listens for. */
export const Mark = '#lamp ';

/** Release 2 is installed, tried and confirmed; release 3 is not healthy, and goes back. */
export const Expected: readonly string[] = [
  '1 runs from slot 0',
  '1 was offered an update: 0',
  '2 runs from slot 1 on trial',
  '2 is confirmed',
  '2 runs from slot 1',
  '2 was offered an update: 0',
  '3 runs from slot 0 on trial',
  '2 runs from slot 1',
];

export const lampSource = ({ version, healthy, url }: LampOptions): string => `
var trial = flipside.decision.trial;
print("${Mark}" + ${version} + " runs from slot " + flipside.decision.slot + (trial ? " on trial" : ""));
var agent = flipside.open();
agent.check("lit", 1, 30, function () { return ${healthy ? 1 : -1}; });
setInterval(function () { agent.poll(); }, 100);
if (!trial) flipside.update("${url}", function (code) {
  print("${Mark}" + ${version} + " was offered an update: " + code);
  if (code === 0) code = agent.activate();
  if (code === 0) E.reboot();
});
else setInterval(function () {
  if (agent.offerBegin() !== 0) return;
  print("${Mark}" + ${version} + " is confirmed");
  E.reboot();
}, 300);
${paint(version)}`;

/** Text of some size that changes from one release to the next. */
const paint = (version: number): string =>
  Array.from({ length: 200 }, (_, row) => `// colour ${(row * 7919 * version) % 10007}`).join('\n');
