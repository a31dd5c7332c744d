/**
 * An LwM2M 1.1 client (OMA-TS-LightweightM2M_Core-V1_1) for a device, over an endpoint of hal/coap. Read this first.
 *
 *   const client = openLwm2m({ endpoint: 'lamp-7', factory: [{ uri: 'coap://server.example' }], device, firmware, ... });
 *   const endpoint = openEndpoint({ transmit, random, outgoing: LWM2M_OUTGOING, serve: client.serve, reset: client.reset });
 *   client.start(endpoint, now);
 *   from the main loop: endpoint.receive() what came, and client.tick(now) when the time comes that it named
 *
 * It does no input or output and holds no timer. Times are milliseconds of a clock that never goes back. One server
 * manages the device; another may bootstrap it. Requests of a server come on the socket that the device registered from.
 */
import { Ok } from '../../../agent/codes.ts';
import type { Endpoint, Incoming, Peer, Reply } from '../../coap/contract.ts';
import { Code } from '../../coap/numbers.ts';
import { askedNew } from '../answer/asked.ts';
import { linkingNew } from '../answer/discover.ts';
import {
  observeChanged,
  observePending,
  observePoll,
  observeReset,
  observingNew,
} from '../answer/observe.ts';
import { pushAnswerNew, pushPoll } from '../answer/push.ts';
import { readingNew } from '../answer/read.ts';
import { serve } from '../answer/serve.ts';
import { writingNew } from '../answer/write.ts';
import { firmwareFetched } from '../firmware/fetch.ts';
import type { Firmware } from '../firmware/object.ts';
import { firmwarePoll } from '../firmware/poll.ts';
import { firmwareOpen } from '../firmware/recall.ts';
import { firmwareDeferLeft } from '../firmware/update.ts';
import { FIRMWARE, firmwareResources } from '../firmware/resources.ts';
import { outputNew } from '../format/output.ts';
import { pathNew } from '../format/path.ts';
import type { Path } from '../format/path.ts';
import { payloadWriterNew } from '../format/payload-writer.ts';
import { accountsNew, bootstrapSecurity, managedServer } from '../model/accounts.ts';
import type { Accounts } from '../model/accounts.ts';
import { attributesNew } from '../model/attributes.ts';
import type { Lwm2mObject } from '../model/object.ts';
import { connectivityObject } from '../objects/connectivity.ts';
import { deviceObject } from '../objects/device.ts';
import { securityObject } from '../objects/security.ts';
import { serverObject } from '../objects/server.ts';
import { accountsLoad } from './accounts-keep.ts';
import { bootstrapConnect, bootstrapFail, bootstrapKnown } from './bootstrap.ts';
import { factoryAccounts } from './factory.ts';
import { instancesSync } from './instances.ts';
import type { Lwm2mOptions } from './options.ts';
import { deregister, registrationBegin, updateBegin } from './register.ts';
import { Registration } from './state.ts';
import type { Client } from './state.ts';
import { LOCATION_MAX, talkNew } from './talk.ts';
import { queueMode, stateSet, stayAwake } from './wait.ts';
import * as Err from '../../../agent/err.ts';

/** Buffers of an endpoint that this client needs: a registration, and notifications or answers that were put off. */
export const LWM2M_OUTGOING: readonly number[] = [640, 1152, 256, 128];

const KEY_DEFAULT = 64;
const OBSERVATIONS_DEFAULT = 8;
const PAYLOAD_DEFAULT = 1024;
const SECOND = 1000;

export interface Lwm2m {
  /** For the endpoint. */
  serve(incoming: Incoming, reply: Reply): void;
  reset(peer: Peer, id: number, now: number): void;
  /** Begins: registers, or asks a bootstrap server. */
  start(endpoint: Endpoint, now: number): void;
  /** Does what is due, the endpoint's work included. When to call again; the same `now`: at once. */
  tick(now: number): number;
  /** A resource has another value: who observes it is told, as the attributes say. */
  changed(object: number, instance: number, resource: number): void;
  /** There are other objects or instances than before. */
  objectsChanged(): void;
  /** In queue mode: tells the server that the device listens. */
  wake(now: number): void;
  /** The driver is at its end with what `FetchPort.begin` asked for. */
  fetched(code: number, now: number): void;
  /** Seconds for which an update may be put off still; -1: as long as the owner likes. */
  deferLeft(now: number): number;
  deregister(now: number): void;
  /** `Registration` of client/state.ts. */
  state(): number;
  /** State and result of object 5. */
  readonly firmware: Firmware;
}

/** Throws RangeError where it is wired wrongly. */
export function openLwm2m(options: Lwm2mOptions): Lwm2m {
  const client = clientNew(options);
  const path = pathNew();
  client.writing.written = (object, instance, resource) => changed(client, path, object, instance, resource);
  client.firmware.changed = (resource) => changed(client, path, FIRMWARE, 0, resource);
  client.observing.lost = (now) => {
    if (client.state === Registration.Registered) client.updateAt = now;
  };
  return {
    serve: (incoming, reply) => serve(client, incoming, reply),
    reset: (peer, id) => observeReset(client.observing, peer, id),
    start: (endpoint, now) => start(client, endpoint, now),
    tick: (now) => tick(client, now),
    changed: (object, instance, resource) => changed(client, path, object, instance, resource),
    objectsChanged: () => {
      client.updateObjects = true;
    },
    wake: (now) => {
      stayAwake(client, now);
      client.updateAt = now;
    },
    fetched: (code, now) => firmwareFetched(client.firmware, code, now),
    deferLeft: (now) => firmwareDeferLeft(client.firmware, now),
    deregister: (now) => deregister(client, now),
    state: () => client.state,
    firmware: client.firmware,
  };
}

function clientNew(options: Lwm2mOptions): Client {
  const payload = options.payload ?? PAYLOAD_DEFAULT;
  const count = options.observations ?? OBSERVATIONS_DEFAULT;
  if (!(payload >= 256 && payload <= 1024)) throw new RangeError(`lwm2m: payload ${payload}`);
  const keySize = options.keySize ?? KEY_DEFAULT;
  const accounts = accountsNew(keySize);
  const firmware = firmwareOpen(options.firmware);
  const out = outputNew(payload);
  const attributes = attributesNew(count);
  const objects = objectsNew(options, accounts, firmware, () => client);
  const reading = readingNew(objects, payloadWriterNew(out));
  const client: Client = {
    options: options,
    endpoint: undefined,
    objects: objects,
    accounts: accounts,
    backup: accountsNew(keySize),
    asked: askedNew(),
    reading: reading,
    writing: writingNew(objects),
    linking: linkingNew(objects, attributes, out),
    attributes: attributes,
    observing: observingNew(count, attributes, reading),
    firmware: firmware,
    pushAnswer: pushAnswerNew(firmware),
    talk: talkNew(),
    location: { bytes: new Uint8Array(LOCATION_MAX), length: 0 },
    server: undefined,
    bootstrapServer: undefined,
    state: Registration.Off,
    now: 0,
    dueAt: 0,
    updateAt: Infinity,
    updateAll: false,
    updateObjects: false,
    failures: 0,
    plain: false,
    awakeUntil: 0,
    asleep: false,
    bootstrapWanted: false,
  };
  factoryAccounts(accounts, options.factory);
  accountsLoad(client);
  instancesSync(client);
  return client;
}

function objectsNew(
  options: Lwm2mOptions,
  accounts: Accounts,
  firmware: Firmware,
  client: () => Client,
): readonly Lwm2mObject[] {
  const hooks = {
    changed: () => {
      client().updateAll = true;
    },
    update: () => {
      client().updateAt = client().now;
    },
    bootstrap: () => {
      if (!bootstrapKnown(client())) return Code.MethodNotAllowed;
      client().bootstrapWanted = true;
      return 0;
    },
  };
  const objects: Lwm2mObject[] = [
    securityObject(accounts),
    serverObject(accounts, hooks),
    deviceObject(options.device),
    firmwareResources(firmware, () => client().now),
  ];
  if (options.connectivity) objects.splice(3, 0, connectivityObject(options.connectivity));
  if (options.objects) for (const object of options.objects) objects.push(object);
  return objects;
}

function changed(client: Client, path: Path, object: number, instance: number, resource: number): void {
  path.ids[0] = object;
  path.ids[1] = instance;
  path.ids[2] = resource;
  path.length = 3;
  observeChanged(client.observing, path);
}

function start(client: Client, endpoint: Endpoint, now: number): void {
  client.endpoint = endpoint;
  client.observing.endpoint = endpoint;
  client.now = now;
  bootstrapConnect(client);
  const security = bootstrapSecurity(client.accounts);
  const known = managedServer(client.accounts) !== undefined;
  client.dueAt = now + (known || security === undefined ? 0 : security.holdOff * SECOND);
  stateSet(client, Registration.Waiting, Ok);
}

function tick(client: Client, now: number): number {
  const endpoint = client.endpoint;
  if (endpoint === undefined) return Infinity;
  client.now = now;
  endpoint.tick(now);
  const pushing = pushPoll(client.pushAnswer, endpoint, now);
  const registered = client.state === Registration.Registered;
  const quiet =
    pushing === Infinity && client.talk.handle < 0 && !(registered && observePending(client.observing));
  // What it changes is told below.
  const firmware = firmwarePoll(client.firmware, now, quiet);
  registrationPoll(client, now);
  const next = Math.min(firmware, notifyPoll(client, now), waitEnd(client), pushing, endpoint.tick(now));
  return sleepPoll(client, quiet, next, now);
}

function notifyPoll(client: Client, now: number): number {
  const server = managedServer(client.accounts);
  if (client.state !== Registration.Registered || server === undefined) return Infinity;
  client.observing.periodMin = server.pmin;
  client.observing.periodMax = server.pmax;
  return observePoll(client.observing, now);
}

function waitEnd(client: Client): number {
  if (client.state === Registration.Registered) return client.updateAt;
  const waits = client.state === Registration.Waiting || client.state === Registration.Bootstrapping;
  return waits ? client.dueAt : Infinity;
}

function registrationPoll(client: Client, now: number): void {
  if (client.state === Registration.Waiting && now >= client.dueAt) registrationBegin(client, now);
  else if (client.state === Registration.Bootstrapping && now >= client.dueAt)
    bootstrapFail(client, Err.CoapTimeout, now);
  else if (client.state === Registration.Registered) {
    if (client.bootstrapWanted) registrationBegin(client, now);
    else if (client.updateAll || client.updateObjects || now >= client.updateAt) updateBegin(client, now);
  }
}

/** In queue mode, when nothing was said for a while: the device may sleep until the next thing is due. */
function sleepPoll(client: Client, quiet: boolean, next: number, now: number): number {
  if (client.state !== Registration.Registered || !queueMode(client) || client.asleep) return next;
  const busy =
    !quiet || client.firmware.pushUntil > 0 || client.firmware.fetching || client.firmware.restarting;
  if (busy) stayAwake(client, now);
  if (now < client.awakeUntil) return Math.min(next, client.awakeUntil);
  client.asleep = true;
  if (client.options.sleep) client.options.sleep(next);
  return next;
}
