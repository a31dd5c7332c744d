/**
 * A device of a hawkBit server. What is not told yet is told first, an outcome before all else; then the board restarts
 * where it is to; then the server is asked. One request at a time; a fetch goes on beside them, so that it can be taken back.
 *
 * No input or output, no timer: the board calls `tick` when the time comes that it named, and tells what came of a request
 * or a fetch by `answered` and `fetched`, and then calls `tick` again.
 */
import { Ok } from '../../agent/codes.ts';
import { act, fetchEnd } from './act.ts';
import { answerTake, contactFailed } from './answer.ts';
import { askBase, askData, askLink, askRecall, askTell, askWord } from './ask.ts';
import { keepRead } from './keep.ts';
import { look } from './look.ts';
import { isOpen, Stage } from './stage.ts';
import { Ask, clientNew, drop, Due } from './state.ts';
import type { Client, HawkbitOptions } from './state.ts';
import { SECOND } from './wait.ts';

export interface Hawkbit {
  /**
   * Does what is due: at most one request is begun. When to call it again, in milliseconds of the clock of `now`; Infinity:
   * a request is under way.
   */
  tick(now: number): number;
  /** A request is answered; `status` below 0: it was not, of agent/err.ts. `retryAfter`: seconds that are asked for, or 0. */
  answered(status: number, text: string, retryAfter: number, now: number): void;
  /** The fetch is at its end: Ok, staged; or a code of the agent or the driver. */
  fetched(code: number, now: number): void;
  /** Asks the server with the next tick, if it has not asked for patience. */
  poke(now: number): void;
  /** The owner takes back what does not run yet: what is assigned still is begun anew with the next question. */
  drop(): void;
  /** Of Stage; the action's id, '' where there is none; why it waits or failed, or 0. */
  stage(): number;
  action(): string;
  code(): number;
  /** Why the last contact came to nothing, of agent/err.ts; 0: it did not. */
  trouble(): number;
  /** The server has answered in this boot: what a health check of kind Network may ask. */
  reached(): boolean;
  /** The server has nothing for it, and has heard all that there is. */
  settled(): boolean;
}

interface Facade extends Hawkbit {
  readonly client: Client;
}

/** Milliseconds until a restart that did not come is asked for again. */
const RESTART_AGAIN = 60 * SECOND;

const untold = (client: Client): boolean =>
  client.kept.stage !== Stage.None && client.kept.told !== client.kept.stage;

/** The link of `bit`, once; one that is not followed ends the contact. */
function link(client: Client, bit: number, about: number, href: string, now: number): void {
  client.due = client.due & ~bit;
  const code = askLink(client, about, href);
  if (code < 0) contactFailed(client, code, 0, now);
}

/** One of what is due of the last answer. */
function dueStep(client: Client, now: number): void {
  const base = client.base;
  if (client.due & Due.Data) {
    client.due = client.due & ~Due.Data;
    const code = askData(client);
    if (code < 0) contactFailed(client, code, 0, now);
  } else if (client.due & Due.Cancel) link(client, Due.Cancel, Ask.Cancel, base.cancel, now);
  else if (client.due & Due.Recall) {
    client.due = client.due & ~Due.Recall;
    askRecall(client);
  } else if (client.due & Due.Confirm) link(client, Due.Confirm, Ask.Confirm, base.confirmation, now);
  else if (client.due & Due.Word) {
    client.due = client.due & ~Due.Word;
    askWord(client);
  } else if (client.due & Due.Deploy) link(client, Due.Deploy, Ask.Deploy, base.deployment, now);
  else {
    client.due = client.due & ~Due.Act;
    act(client, now);
  }
}

/** When to look again at an image on trial: each second. */
function watched(client: Client, at: number, now: number): number {
  return client.kept.stage === Stage.Trial ? Math.min(at, now + SECOND) : at;
}

function tick(this: Facade, now: number): number {
  const client = this.client;
  if (client.asking !== Ask.Nothing) return Infinity;
  if (!client.fetching) look(client);
  const quiet = now < client.notBefore;
  if (!quiet && untold(client)) askTell(client);
  else if (client.restarting) {
    client.restarting = false;
    client.options.port.restart();
    return now + RESTART_AGAIN;
  } else if (quiet) return watched(client, client.notBefore, now);
  else if (client.due !== 0) dueStep(client, now);
  else if (now >= client.pollAt) askBase(client);
  else return watched(client, client.pollAt, now);
  return client.asking === Ask.Nothing ? now : Infinity;
}

function answered(this: Facade, status: number, text: string, retryAfter: number, now: number): void {
  answerTake(this.client, status, text, retryAfter, now);
}

function fetched(this: Facade, code: number, now: number): void {
  if (this.client.fetching) fetchEnd(this.client, code, now);
}

function poke(this: Facade, now: number): void {
  this.client.pollAt = Math.min(this.client.pollAt, now);
}

function dropAll(this: Facade): void {
  if (isOpen(this.client.kept.stage)) drop(this.client);
}

function stage(this: Facade): number {
  return this.client.kept.stage;
}

function action(this: Facade): string {
  return this.client.kept.id;
}

function code(this: Facade): number {
  return this.client.kept.code;
}

function trouble(this: Facade): number {
  return this.client.trouble;
}

function reached(this: Facade): boolean {
  return this.client.reached;
}

function settled(this: Facade): boolean {
  const client = this.client;
  const base = client.base;
  const quiet = client.asking === Ask.Nothing && !client.fetching && client.due === 0;
  if (base.deployment !== '' || base.cancel !== '') return false;
  return quiet && client.reached && client.kept.stage === Stage.None && client.trouble === Ok;
}

const FACADE = {
  tick: tick,
  answered: answered,
  fetched: fetched,
  poke: poke,
  drop: dropAll,
  stage: stage,
  action: action,
  code: code,
  trouble: trouble,
  reached: reached,
  settled: settled,
};

/** Opens the client in the running image: once in each start of the board. Asks at the first tick. */
export function openHawkbitClient(options: HawkbitOptions): Hawkbit {
  const client = clientNew(options);
  const keep = options.keep;
  if (keep) {
    const length = keep.load(client.record);
    if (length > 0 && keepRead(client.kept, client.record, length)) {
      client.recordLength = length;
      client.toldCode = client.kept.code;
    }
  }
  const facade = Object.create(FACADE) as { client: Client } & Hawkbit;
  facade.client = client;
  return facade;
}
