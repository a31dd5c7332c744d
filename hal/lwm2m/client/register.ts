/**
 * Registration (LwM2M 1.1 core 6.2): register, update before the lifetime is over, register anew when the server has
 * forgotten, de-register. What fails is tried again, each time after twice the wait; and when it has failed too often, a
 * bootstrap server is asked, if the device knows one.
 */
import { Ok } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { Code, Option } from '../../coap/numbers.ts';
import { optionFirst, optionNext } from '../../coap/message.ts';
import type { Message } from '../../coap/message.ts';
import { writeOption, writePayload, writeText, writeUint } from '../../coap/writer.ts';
import type { Writer } from '../../coap/writer.ts';
import { managedServer, securityOf } from '../model/accounts.ts';
import type { Server, Text } from '../model/accounts.ts';
import { ContentFormat } from '../format/content-format.ts';
import { linksRegister } from '../answer/discover.ts';
import { bootstrapAsk, bootstrapKnown } from './bootstrap.ts';
import { queueMode, registrationForget, registrationLater, stateSet, stayAwake, textOf } from './wait.ts';
import { Registration } from './state.ts';
import type { Client } from './state.ts';
import { LOCATION_MAX, talkBegin, talkEcho, talkEnd } from './talk.ts';

const SECOND = 1000;
const VERSION = '1.1';
/** Failures in a row until a bootstrap server is asked (object 1, resource 17: default 5). */
const FAILURES_MAX = 5;
/** An update is sent so long before the lifetime is over, or at half of it where it is short: MAX_TRANSMIT_WAIT. */
const MARGIN = 93;

/** Goes to the server, or, where there is none yet, to the bootstrap server. */
export function registrationBegin(client: Client, now: number): void {
  const endpoint = client.endpoint;
  const server = managedServer(client.accounts);
  const security = server ? securityOf(client.accounts, server) : undefined;
  if (endpoint === undefined) return;
  if (server === undefined || security === undefined || client.bootstrapWanted) {
    bootstrapAsk(client, now);
    return;
  }
  client.server = client.options.connect(textOf(security.uri), security);
  if (client.server === undefined) {
    registrationFail(client, Err.CoapUri, now);
    return;
  }
  registrationForget(client);
  stateSet(client, Registration.Registering, Ok);
  linksRegister(client.linking, client.plain);
  const talk = client.talk;
  talk.write = (w) => registerWrite(client, server, w);
  talk.answered = (message, at) => registered(client, server, message, at);
  talk.failed = (code, at) => registrationFail(client, code, at);
  const code = client.linking.out.overflow
    ? Err.CoapTooLong
    : talkBegin(talk, endpoint, client.server, Code.Post, now);
  if (code < 0) registrationFail(client, code, now);
}

/** Options come in the order of their numbers: path, content format, query. */
function registerWrite(client: Client, server: Server, w: Writer): void {
  writeText(w, Option.UriPath, 'rd');
  writeUint(w, Option.ContentFormat, ContentFormat.Link);
  writeText(w, Option.UriQuery, 'ep=' + client.options.endpoint);
  writeText(w, Option.UriQuery, 'lt=' + server.lifetime);
  writeText(w, Option.UriQuery, 'lwm2m=' + VERSION);
  writeText(w, Option.UriQuery, 'b=U');
  if (queueMode(client)) writeText(w, Option.UriQuery, 'Q');
  talkEcho(client.talk, w);
  writePayload(w, client.linking.out.bytes, 0, client.linking.out.length);
}

function registered(client: Client, server: Server, message: Message, now: number): void {
  if (message.code === Code.BadRequest && !client.plain) {
    // Wakaama refuses a list that names content formats.
    client.plain = true;
    registrationBegin(client, now);
    return;
  }
  if (message.code !== Code.Created || !locationRead(client.location, message)) {
    registrationFail(client, Err.CoapRefused, now);
    return;
  }
  client.failures = 0;
  client.updateAll = false;
  client.updateObjects = false;
  nextUpdate(client, server, now);
  stayAwake(client, now);
  stateSet(client, Registration.Registered, Ok);
}

function locationRead(into: Text, message: Message): boolean {
  const cursor = message.cursor;
  into.length = 0;
  let there = optionFirst(cursor, message);
  while (there) {
    if (cursor.number === Option.LocationPath) {
      const length = cursor.to - cursor.from;
      if (!(into.length + 1 + length <= LOCATION_MAX)) return false;
      into.bytes[into.length] = length;
      for (let i = 0; i < length; i += 1) into.bytes[into.length + 1 + i] = cursor.bytes[cursor.from + i]!;
      into.length += 1 + length;
    }
    there = optionNext(cursor);
  }
  return into.length > 0;
}

function locationWrite(w: Writer, from: Text): void {
  for (let at = 0; at < from.length; at += 1 + from.bytes[at]!) {
    writeOption(w, Option.UriPath, from.bytes, at + 1, at + 1 + from.bytes[at]!);
  }
}

function nextUpdate(client: Client, server: Server, now: number): void {
  const wait = server.lifetime > 2 * MARGIN ? server.lifetime - MARGIN : server.lifetime / 2;
  client.updateAt = now + wait * SECOND;
}

/** Tells the server that the device is there still, and what changed. */
export function updateBegin(client: Client, now: number): void {
  const endpoint = client.endpoint;
  const server = managedServer(client.accounts);
  if (endpoint === undefined || server === undefined || client.server === undefined) return;
  // One at a time: what is under way comes to its end first.
  if (client.talk.handle >= 0) return;
  const all = client.updateAll;
  const objects = client.updateObjects;
  if (objects) linksRegister(client.linking, client.plain);
  client.updateAt = Infinity;
  const talk = client.talk;
  talk.write = (w) => updateWrite(client, server, all, objects, w);
  talk.answered = (message, at) => updated(client, server, message, at);
  talk.failed = (code, at) => registrationFail(client, code, at);
  const code = talkBegin(talk, endpoint, client.server, Code.Post, now);
  if (code === Err.CoapBusy) {
    client.updateAt = now + SECOND;
    return;
  }
  if (code < 0) {
    registrationFail(client, code, now);
    return;
  }
  client.updateAll = false;
  client.updateObjects = false;
  stayAwake(client, now);
}

function updateWrite(client: Client, server: Server, all: boolean, objects: boolean, w: Writer): void {
  locationWrite(w, client.location);
  if (objects) writeUint(w, Option.ContentFormat, ContentFormat.Link);
  if (all) {
    writeText(w, Option.UriQuery, 'lt=' + server.lifetime);
    writeText(w, Option.UriQuery, 'b=U');
  }
  talkEcho(client.talk, w);
  if (objects) writePayload(w, client.linking.out.bytes, 0, client.linking.out.length);
}

function updated(client: Client, server: Server, message: Message, now: number): void {
  if (message.code === Code.Changed) {
    client.failures = 0;
    nextUpdate(client, server, now);
    stayAwake(client, now);
    return;
  }
  // Whatever else: the registration is not what the server has.
  registrationBegin(client, now);
}

/** The server cannot be reached, or will not have us: later, or by way of a bootstrap server. */
export function registrationFail(client: Client, code: number, now: number): void {
  client.failures += 1;
  if (client.failures >= FAILURES_MAX && bootstrapKnown(client)) {
    client.failures = 0;
    client.bootstrapWanted = true;
  }
  registrationLater(client, code, now);
}

/** Says goodbye; nothing is tried again afterwards. */
export function deregister(client: Client, now: number): void {
  const endpoint = client.endpoint;
  if (endpoint === undefined) return;
  if (client.state !== Registration.Registered || client.server === undefined) {
    talkEnd(client.talk, endpoint);
    stateSet(client, Registration.Off, Ok);
    return;
  }
  const talk = client.talk;
  talk.write = (w) => {
    locationWrite(w, client.location);
    talkEcho(talk, w);
  };
  talk.answered = () => stateSet(client, Registration.Off, Ok);
  talk.failed = (code) => stateSet(client, Registration.Off, code);
  registrationForget(client);
  stateSet(client, Registration.Deregistering, Ok);
  if (talkBegin(talk, endpoint, client.server, Code.Delete, now) < 0)
    stateSet(client, Registration.Off, Err.CoapBusy);
}
