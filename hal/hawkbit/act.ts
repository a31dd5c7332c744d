/** What is done of a deployment: fetched, held back, activated. */
import { Answer, Moment, Ok, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { placeNew } from '../http/uri.ts';
import { Weight, weigh } from '../weight.ts';
import { artifactPlace } from './format-place.ts';
import { Handling, mayInstall } from './format-deployment.ts';
import { Flag } from './keep.ts';
import { confirmed, occupied, revertCode } from './look.ts';
import { isOpen, Stage } from './stage.ts';
import { boundsOf, drop, Due, forget, reportPrint, step } from './state.ts';
import type { Client } from './state.ts';
import { retryWait, SECOND } from './wait.ts';

/** In front of an id: what was said to it. */
export const YES = 'y';
export const NO = 'n';

/** Fetches in a row that end in what another attempt does not mend, until the action has failed. */
const MISSES = 3;
/** Of the way, and not of what lies at its end: tried for as long as it takes. */
const PASSING: readonly number[] = [
  Err.SourceLost,
  Err.SourceSlow,
  Err.SourceBusy,
  Err.SourceUntrusted,
  Err.NoNetwork,
];

/**
 * An action of another id takes the place of one that has not come as far as to boot. False: not yet. Each costs writes of
 * the record, and may cost erases of the slot: the more of them come to nothing, the longer the next one waits.
 */
function adopt(client: Client, id: string, now: number): boolean {
  if (client.kept.id === id) return true;
  if (now < client.adoptAt) {
    client.pollAt = Math.min(client.pollAt, Math.max(client.adoptAt, now + boundsOf(client).least * SECOND));
    return false;
  }
  client.adopted++;
  client.adoptAt = now + retryWait(client.adopted, 0, boundsOf(client), client.options.random());
  forget(client);
  client.kept.id = id;
  return true;
}

/** Whether the server, or where it leaves that to the device the device, wants it now. */
function wanted(client: Client, handling: number, moment: number): boolean {
  const attempt = client.options.attempt;
  if (handling === Handling.Skip) return false;
  return handling === Handling.Forced || !attempt || attempt(moment, client.deployment);
}

function fetchBegin(client: Client): void {
  const kept = client.kept;
  const deployment = client.deployment;
  const artifact = deployment.artifacts[deployment.envelope];
  if (!artifact) return step(client, Stage.Failure, Err.NothingToInstall);
  const install = mayInstall(deployment) && wanted(client, deployment.update, Moment.Activate);
  // It was proven once, and lies in the slot: after a reset it is looked at again when its time has come.
  if (kept.stage === Stage.Waiting && (kept.flags & Flag.Proven) !== 0 && !install) return;
  if (!wanted(client, deployment.download, Moment.Receive)) return step(client, Stage.Waiting, 0);
  const place = placeNew();
  const code = artifactPlace(place, client.at, artifact, client.options.policy);
  if (code < 0) return step(client, Stage.Failure, code);
  if (
    kept.stage === Stage.None ||
    (kept.stage === Stage.Waiting && kept.code === 0 && !(kept.flags & Flag.Proven))
  )
    step(client, Stage.Fetching, 0);
  client.fetching = true;
  client.options.port.fetch(place, deployment);
}

function activate(client: Client): void {
  const agent = client.options.agent;
  const kept = client.kept;
  kept.digest.set(client.status.offeredDigest);
  kept.before = reportPrint(client.report);
  kept.flags = Flag.Proven;
  // Kept before the mark is written: the image that boots then finds whose it is.
  step(client, Stage.Activated, 0);
  const code = agent.activate();
  if (code >= Ok) {
    client.adopted = 0;
    client.restarting = true;
    return;
  }
  client.held = '';
  if (weigh(code) === Weight.Later) {
    client.held = kept.id;
    step(client, Stage.Waiting, code);
  } else if (code === Err.BadState || code === Err.SessionFailed) step(client, Stage.Fetching, 0);
  else step(client, Stage.Failure, code);
}

/** The next thing to do of the deployment that was read last. */
export function act(client: Client, now: number): void {
  const kept = client.kept;
  const deployment = client.deployment;
  if (deployment.id === '' || occupied(client)) return;
  if (!(kept.stage === Stage.None || isOpen(kept.stage))) return;
  if (!adopt(client, deployment.id, now) || client.fetching) return;
  if (!(client.status.phase === Phase.Staged && client.held === kept.id)) return fetchBegin(client);
  if (mayInstall(deployment) && wanted(client, deployment.update, Moment.Activate)) activate(client);
  else step(client, Stage.Waiting, 0);
}

function staged(client: Client, now: number): void {
  const kept = client.kept;
  client.held = kept.id;
  client.losses = 0;
  client.misses = 0;
  kept.digest.set(client.status.offeredDigest);
  kept.flags = (kept.flags & ~Flag.Again) | Flag.Proven;
  if (kept.stage === Stage.Fetching) step(client, Stage.Staged, 0);
  // A server that could not be asked meanwhile is asked first.
  if (now >= client.notBefore) client.due = client.due | Due.Act;
}

function missed(client: Client, code: number, now: number): void {
  if (PASSING.indexOf(code) < 0) client.misses++;
  if (client.misses >= MISSES) return step(client, Stage.Failure, code);
  if (client.kept.stage === Stage.Fetching) step(client, Stage.Fetching, code);
  client.losses++;
  const wait = retryWait(client.losses, 0, boundsOf(client), client.options.random());
  client.pollAt = Math.min(client.pollAt, now + wait);
}

/** The fetch has come to its end. */
export function fetchEnd(client: Client, code: number, now: number): void {
  const kept = client.kept;
  const agent = client.options.agent;
  client.fetching = false;
  agent.status(client.status);
  agent.report(client.report);
  if (code >= Ok) {
    if (client.status.phase === Phase.Staged) return staged(client, now);
    return missed(client, Err.PayloadTooShort, now);
  }
  const weight = weigh(code);
  if (code === Err.AlreadyRunning) {
    kept.digest.set(client.status.digest);
    if (confirmed(client)) step(client, Stage.Success, 0);
  } else if (code === Err.Reverted || (code === Err.BackingOff && (kept.flags & Flag.Again) !== 0)) {
    kept.digest.set(client.status.offeredDigest);
    step(client, Stage.Failure, revertCode(client, code));
  } else if (weight === Weight.Later) step(client, Stage.Waiting, code);
  else if (weight === Weight.Link) missed(client, code, now);
  else step(client, Stage.Failure, code);
}

/** The server wants the action back. Whether it is too late for that. */
export function recall(client: Client): boolean {
  const kept = client.kept;
  const own = kept.id === client.cancel.stopId;
  const boots = own ? !(kept.stage === Stage.None || isOpen(kept.stage)) : kept.id === '' && occupied(client);
  if (!boots && own) drop(client);
  return boots;
}

/** The owner's word to what is to be confirmed. Whether there is one that the server has not heard. */
export function ownersWord(client: Client): boolean {
  const confirm = client.options.confirm;
  const answer = confirm ? confirm(client.asked) : Answer.Later;
  client.word = answer === Answer.Yes;
  if (answer !== Answer.Yes && answer !== Answer.No) return false;
  return client.word || client.spoken !== NO + client.asked.id;
}
