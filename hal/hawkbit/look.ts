/** What the agent says of the update: it tells, over every reset, how far it came. */
import { bytesEqual } from '../../agent/bytes.ts';
import { Event, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { Flag } from './keep.ts';
import { isRunning, Stage } from './stage.ts';
import { reportPrint, step, wentBack } from './state.ts';
import type { Client } from './state.ts';

const DIGEST = 32;

/** The manifest that the record names is the one that runs. */
function runsIt(client: Client): boolean {
  return bytesEqual(client.status.digest, 0, client.kept.digest, 0, DIGEST);
}

const happenedToIt = (client: Client): boolean =>
  bytesEqual(client.report.digest, 0, client.kept.digest, 0, DIGEST);

/** What runs is confirmed: not on trial, and not about to leave after one. `report` and `status` are of now. */
export function confirmed(client: Client): boolean {
  const status = client.status;
  const report = client.report;
  if (status.trial !== 0 || !(status.accepted >= status.sequence)) return false;
  return report.event !== Event.Reverted || !bytesEqual(report.digest, 0, status.digest, 0, DIGEST);
}

/** It was activated, as the record has it, and no trial is on. */
function outcome(client: Client): void {
  const kept = client.kept;
  const report = client.report;
  if (runsIt(client)) {
    if (confirmed(client)) step(client, Stage.Success, 0);
    return;
  }
  const tried = kept.stage === Stage.Trial || reportPrint(report) !== kept.before;
  if (tried && wentBack(report) && happenedToIt(client)) return step(client, Stage.Failure, report.code);
  if (tried && report.event === Event.Manual) return step(client, Stage.Failure, Err.ManualRevert);
  if (tried && report.event === Event.Factory) return step(client, Stage.Failure, Err.JournalLost);
  if (kept.stage === Stage.Trial) return step(client, Stage.Failure, Err.BadState);
  // Power went before the mark was written: it is begun anew, which costs the envelope.
  kept.flags = kept.flags | Flag.Again;
  step(client, Stage.Fetching, 0);
}

/** Fills in status and report, and lets the action go on to where the agent is. */
export function look(client: Client): void {
  const agent = client.options.agent;
  const kept = client.kept;
  agent.status(client.status);
  agent.report(client.report);
  if (client.status.trial !== 0) {
    if (isRunning(kept.stage) && runsIt(client)) step(client, Stage.Trial, 0);
    return;
  }
  if (!isRunning(kept.stage)) return;
  if (client.status.phase === Phase.Activated) client.restarting = true;
  else outcome(client);
}

/** Whether an image runs on trial, or is about to: nothing new is begun. */
export const occupied = (client: Client): boolean =>
  client.status.trial !== 0 || client.status.phase === Phase.Activated;

/** The agent went back from the offer that it just refused: the code of that, or what it refused with. */
export function revertCode(client: Client, code: number): number {
  const same = bytesEqual(client.report.digest, 0, client.status.offeredDigest, 0, DIGEST);
  return same && client.report.event === Event.Reverted && client.report.code < 0 ? client.report.code : code;
}
