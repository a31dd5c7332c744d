/**
 * Bootstrap (LwM2M 1.1 core 6.1): a server writes the accounts of servers. It is asked by the device when that knows no
 * server, or reaches none; or it begins by itself. What it writes counts when it has finished and the accounts are
 * consistent; else they are what they were.
 */
import { Ok } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { Code, Option } from '../../coap/numbers.ts';
import { writeText } from '../../coap/writer.ts';
import type { Writer } from '../../coap/writer.ts';
import { ContentFormat } from '../format/content-format.ts';
import { accountsConsistent, accountsCopy, bootstrapSecurity } from '../model/accounts.ts';
import { accountsSave } from './accounts-keep.ts';
import { registrationForget, registrationLater, stateSet, textOf } from './wait.ts';
import { instancesSync } from './instances.ts';
import { Registration } from './state.ts';
import type { Client } from './state.ts';
import { talkBegin, talkEcho, talkEnd } from './talk.ts';

const SECOND = 1000;
/** A bootstrap server has so long between two messages: EXCHANGE_LIFETIME. */
const PATIENCE = 247;

export function bootstrapKnown(client: Client): boolean {
  return bootstrapSecurity(client.accounts) !== undefined;
}

/** Where the bootstrap server is, so that its own first message is known to be its. */
export function bootstrapConnect(client: Client): void {
  const security = bootstrapSecurity(client.accounts);
  client.bootstrapServer = security ? client.options.connect(textOf(security.uri), security) : undefined;
}

/** Asks for it. */
export function bootstrapAsk(client: Client, now: number): void {
  const endpoint = client.endpoint;
  bootstrapConnect(client);
  const peer = client.bootstrapServer;
  client.bootstrapWanted = false;
  if (endpoint === undefined || peer === undefined) {
    client.failures += 1;
    registrationLater(client, Err.CoapUri, now);
    return;
  }
  bootstrapEnter(client, now);
  const talk = client.talk;
  talk.write = (w) => askWrite(client, w);
  talk.answered = (message, at) => {
    if (message.code !== Code.Changed) bootstrapFail(client, Err.CoapRefused, at);
    else client.dueAt = at + PATIENCE * SECOND;
  };
  talk.failed = (code, at) => bootstrapFail(client, code, at);
  const code = talkBegin(talk, endpoint, peer, Code.Post, now);
  if (code < 0) bootstrapFail(client, code, now);
}

/** `pct`: the content format that the device likes best, since 1.1. */
function askWrite(client: Client, w: Writer): void {
  writeText(w, Option.UriPath, 'bs');
  writeText(w, Option.UriQuery, 'ep=' + client.options.endpoint);
  writeText(w, Option.UriQuery, 'pct=' + ContentFormat.SenmlCbor);
  talkEcho(client.talk, w);
}

/** The accounts are the bootstrap server's from here on; the management server is not listened to. */
export function bootstrapEnter(client: Client, now: number): void {
  if (client.state !== Registration.Bootstrapping) {
    accountsCopy(client.accounts, client.backup);
    // What was said to the other server does not matter any more.
    if (client.endpoint) talkEnd(client.talk, client.endpoint);
  }
  registrationForget(client);
  client.dueAt = now + PATIENCE * SECOND;
  stateSet(client, Registration.Bootstrapping, Ok);
}

/** The server wrote or read something: it has time again. */
export function bootstrapHears(client: Client, now: number): void {
  client.dueAt = now + PATIENCE * SECOND;
}

/** The server says that it is done: the code to answer with. */
export function bootstrapFinish(client: Client, now: number): number {
  if (client.state !== Registration.Bootstrapping) return Code.MethodNotAllowed;
  if (!accountsConsistent(client.accounts)) {
    bootstrapFail(client, Err.CoapRefused, now);
    return Code.NotAcceptable;
  }
  const endpoint = client.endpoint;
  if (endpoint) talkEnd(client.talk, endpoint);
  accountsSave(client);
  client.failures = 0;
  client.plain = false;
  // After the answer has gone out.
  client.dueAt = now;
  stateSet(client, Registration.Waiting, Ok);
  return Code.Changed;
}

/** It ended in nothing: the accounts are what they were before. */
export function bootstrapFail(client: Client, code: number, now: number): void {
  const endpoint = client.endpoint;
  if (endpoint) talkEnd(client.talk, endpoint);
  accountsCopy(client.backup, client.accounts);
  instancesSync(client);
  client.failures += 1;
  registrationLater(client, code, now);
}
