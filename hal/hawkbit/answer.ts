/** What follows from the server's answers. */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { NO, ownersWord, recall, YES } from './act.ts';
import { dataPrint, dataText, followed } from './ask.ts';
import { cancelRead } from './format-action.ts';
import { baseRead } from './format-base.ts';
import { deploymentNew, deploymentRead } from './format-deployment.ts';
import { isOpen, isOutcome, isRunning } from './stage.ts';
import { Ask, boundsOf, Due, forget, hurry, save } from './state.ts';
import type { Client } from './state.ts';
import { pollWait, retryWait } from './wait.ts';

/** Answers that take no feedback, in a row, until it is passed over. An outcome never is. */
const REFUSALS = 3;

const isGood = (status: number): boolean => status >= 200 && status <= 299;
/** The server has closed it, or forgotten it. */
const isGone = (status: number): boolean => status === 404 || status === 410;
const isBusy = (status: number): boolean => status === 408 || status === 429 || status >= 500;
/** To feedback: hawkBit takes so many words of an action, and no more. */
const isFull = (status: number): boolean => status === 403 || status === 429;
/** Nothing was said of what was asked: not reached, not let in, not now. */
const isTrouble = (status: number): boolean =>
  !(status >= 200) || status === 401 || status === 403 || isBusy(status);

const troubleOf = (status: number): number =>
  status < 0 ? status : isBusy(status) ? Err.SourceBusy : Err.SourceRefused;

/** The contact came to nothing: what is due is asked for again, and not before the wait is over. */
export function contactFailed(client: Client, code: number, retryAfter: number, now: number): void {
  const bounds = boundsOf(client);
  client.failures++;
  client.trouble = code;
  client.due = 0;
  client.notBefore = now + retryWait(client.failures, retryAfter, bounds, client.options.random());
  client.pollAt = client.notBefore;
}

function told(client: Client, status: number, retryAfter: number, now: number): void {
  const kept = client.kept;
  if (!isGood(status) && !isGone(status)) {
    client.refusals++;
    if (isOutcome(kept.stage) || client.refusals < REFUSALS)
      return contactFailed(client, Err.SourceRefused, retryAfter, now);
  }
  client.refusals = 0;
  if (isOutcome(kept.stage)) {
    // The next one may be there already; a server that gives the same one again gets no hurry for it.
    if (client.closed !== kept.id) hurry(client, now);
    client.closed = kept.id;
    forget(client);
  } else if (isGone(status) && !isRunning(kept.stage)) forget(client);
  else {
    kept.told = kept.stage;
    client.toldCode = kept.code;
    save(client);
  }
}

function heard(client: Client, text: string, now: number): void {
  const base = client.base;
  if (baseRead(base, text) !== Ok) return contactFailed(client, Err.SourceMalformed, 0, now);
  const bounds = boundsOf(client);
  client.reached = true;
  client.failures = 0;
  client.trouble = Ok;
  client.pollAt = now + pollWait(base.sleep, bounds, client.options.random());
  const news = base.configData !== '' || dataPrint(dataText(client)) !== client.kept.data;
  client.due =
    (news ? Due.Data : 0) |
    (base.cancel === '' ? 0 : Due.Cancel) |
    (base.confirmation === '' ? 0 : Due.Confirm) |
    (base.deployment === '' ? 0 : Due.Deploy);
  // Nothing is assigned any more, and nothing called back.
  if (base.deployment === '' && base.cancel === '' && isOpen(client.kept.stage)) forget(client);
}

function cancelHeard(client: Client, text: string, now: number): void {
  if (cancelRead(client.cancel, text) !== Ok) return contactFailed(client, Err.SourceMalformed, 0, now);
  followed(client, Ask.Cancel, client.cancel.id);
  client.rejected = recall(client);
  client.due = client.due | Due.Recall;
}

function deploymentHeard(client: Client, text: string, now: number): void {
  // A fetch may be under way by the one before: that is replaced, and not altered.
  const read = deploymentNew();
  if (deploymentRead(read, text, false) !== Ok) return contactFailed(client, Err.SourceMalformed, 0, now);
  client.deployment = read;
  followed(client, Ask.Deploy, read.id);
  client.due = client.due | Due.Act;
}

function confirmationHeard(client: Client, text: string, now: number): void {
  if (deploymentRead(client.asked, text, true) !== Ok)
    return contactFailed(client, Err.SourceMalformed, 0, now);
  followed(client, Ask.Confirm, client.asked.id);
  if (ownersWord(client)) client.due = client.due | Due.Word;
}

function wordHeard(client: Client, now: number): void {
  const spoken = (client.word ? YES : NO) + client.asked.id;
  // What was confirmed is assigned at once.
  if (client.word && client.spoken !== spoken) hurry(client, now);
  client.spoken = spoken;
}

function recalled(client: Client): void {
  if (!client.rejected && client.kept.id === client.cancel.stopId) forget(client);
}

function dataHeard(client: Client): void {
  client.kept.data = client.dataSent;
  save(client);
}

/** The request that was under way is answered; `status` below 0: why it was not. `retryAfter`: seconds, or 0. */
export function answerTake(
  client: Client,
  status: number,
  text: string,
  retryAfter: number,
  now: number,
): void {
  const about = client.asking;
  client.asking = Ask.Nothing;
  if (about === Ask.Nothing) return;
  if (about === Ask.Tell && isFull(status)) return told(client, status, retryAfter, now);
  if (isTrouble(status)) return contactFailed(client, troubleOf(status), retryAfter, now);
  if (about === Ask.Tell) return told(client, status, retryAfter, now);
  if (about === Ask.Base) {
    if (isGood(status)) return heard(client, text, now);
    return contactFailed(client, Err.SourceRefused, retryAfter, now);
  }
  if (about === Ask.Recall && (isGood(status) || isGone(status))) return recalled(client);
  // What is gone, or not taken, is asked for again with the next question, if it is still there.
  if (!isGood(status)) return;
  if (about === Ask.Data) return dataHeard(client);
  if (about === Ask.Cancel) return cancelHeard(client, text, now);
  if (about === Ask.Word) return wordHeard(client, now);
  if (about === Ask.Confirm) return confirmationHeard(client, text, now);
  deploymentHeard(client, text, now);
}
