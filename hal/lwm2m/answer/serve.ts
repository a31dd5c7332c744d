/** Answers a server: management and bootstrap (LwM2M 1.1 core 6.1.7, 6.3, 6.4). */
import type { Incoming, Reply } from '../../coap/contract.ts';
import { Code, Option } from '../../coap/numbers.ts';
import { writePayload, writeText, writeUint } from '../../coap/writer.ts';
import { bootstrapEnter, bootstrapFinish, bootstrapHears } from '../client/bootstrap.ts';
import { Registration } from '../client/state.ts';
import type { Client } from '../client/state.ts';
import { stayAwake } from '../client/wait.ts';
import { ContentFormat } from '../format/content-format.ts';
import { FIRMWARE } from '../firmware/resources.ts';
import { FirmwareId } from '../firmware/object.ts';
import { Access, instanceOf, objectOf, rowOf } from '../model/object.ts';
import { SECURITY } from '../objects/security.ts';
import { ABSENT, askedRead, Operation } from './asked.ts';
import type { Asked } from './asked.ts';
import { linksBootstrap, linksDiscover } from './discover.ts';
import { observeBegin, observeEnd } from './observe.ts';
import { pushServe } from './push.ts';
import { readPath } from './read.ts';
import { attributesWriteAt } from './set-attributes.ts';
import { deletePath, writePath } from './write.ts';

/** No observation: the answer says nothing of one. */
const NONE = -1;

export function serve(client: Client, incoming: Incoming, reply: Reply): void {
  const asked = client.asked;
  client.now = incoming.now;
  reply.code = askedRead(asked, incoming.message);
  if (reply.code !== 0) return;
  const bootstrap = incoming.peer === client.bootstrapServer;
  const manages = incoming.peer === client.server;
  const strapping = client.state === Registration.Bootstrapping;
  if (bootstrap && (strapping || !manages)) serveBootstrap(client, asked, incoming, reply);
  else if (!manages) reply.code = Code.Unauthorized;
  else if (strapping) reply.code = Code.ServiceUnavailable;
  else serveManagement(client, asked, incoming, reply);
}

function serveManagement(client: Client, asked: Asked, incoming: Incoming, reply: Reply): void {
  stayAwake(client, incoming.now);
  if (asked.operation === Operation.Finish) reply.code = Code.MethodNotAllowed;
  else if (asked.path.length > 0 && asked.path.ids[0] === SECURITY) reply.code = Code.Unauthorized;
  else if (isPackage(asked)) pushServe(client.pushAnswer, asked, incoming, reply);
  else if (asked.part) reply.code = Code.RequestEntityTooLarge;
  else manage(client, asked, incoming, reply);
}

function isPackage(asked: Asked): boolean {
  const ids = asked.path.ids;
  const package0 = ids[0] === FIRMWARE && ids[1] === 0 && ids[2] === FirmwareId.Package;
  return asked.operation === Operation.Write && asked.path.length === 3 && package0;
}

function manage(client: Client, asked: Asked, incoming: Incoming, reply: Reply): void {
  const message = incoming.message;
  const operation = asked.operation;
  const from = message.payload;
  if (operation === Operation.Read || operation === Operation.Observe)
    answerRead(client, asked, incoming, reply);
  else if (operation === Operation.CancelObserve) {
    observeEnd(client.observing, incoming);
    answerRead(client, asked, incoming, reply);
  } else if (operation === Operation.Discover) {
    reply.code = linksDiscover(client.linking, asked.path);
    answerPayload(client, asked, reply, NONE, ContentFormat.Link);
  } else if (operation === Operation.WriteAttributes) {
    reply.code = attributesWriteAt(client.attributes, client.objects, asked, message);
  } else if (operation === Operation.Execute) {
    reply.code = execute(client, asked, incoming);
  } else if (operation === Operation.Delete) {
    reply.code = deletePath(client.writing, asked.path);
    client.updateObjects = client.updateObjects || reply.code === Code.Deleted;
  } else {
    reply.code = writePath(client.writing, asked, message.bytes, from, message.end);
    if (reply.code !== Code.Created) return;
    client.updateObjects = true;
    writeText(reply.writer, Option.LocationPath, '' + asked.path.ids[0]!);
    writeText(reply.writer, Option.LocationPath, '' + client.writing.created);
  }
}

function execute(client: Client, asked: Asked, incoming: Incoming): number {
  const path = asked.path;
  const message = incoming.message;
  const object = objectOf(client.objects, path.ids[0]!);
  if (object === undefined || !instanceOf(object, path.ids[1]!)) return Code.NotFound;
  const row = rowOf(object, path.ids[2]!);
  if (row === undefined) return Code.NotFound;
  // A resource with instances is written in part by the same method.
  if (row.multiple && (row.access & Access.Write) !== 0) {
    return writePath(client.writing, asked, message.bytes, message.payload, message.end);
  }
  if (row.access !== Access.Execute || path.length !== 3) return Code.MethodNotAllowed;
  if (asked.format !== ABSENT && asked.format !== ContentFormat.Text) return Code.UnsupportedContentFormat;
  const code = object.execute(path.ids[1]!, row.id, message.bytes, message.payload, message.end);
  return code === 0 ? Code.Changed : code;
}

function answerRead(client: Client, asked: Asked, incoming: Incoming, reply: Reply): void {
  reply.code = readPath(client.reading, asked.path, asked.accept);
  let observed = NONE;
  if (reply.code === Code.Content && asked.operation === Operation.Observe) {
    observed = observeBegin(client.observing, incoming, asked.path, asked.accept);
  }
  answerPayload(client, asked, reply, observed, client.reading.format);
}

/** The payload, or the block of it that is asked for (RFC 7959 2.4). */
function answerPayload(client: Client, asked: Asked, reply: Reply, observed: number, format: number): void {
  if (reply.code !== Code.Content) return;
  const out = client.reading.writer.out;
  let from = 0;
  let to = out.length;
  if (observed !== NONE) writeUint(reply.writer, Option.Observe, observed);
  writeUint(reply.writer, Option.ContentFormat, format);
  if (asked.answerBlock !== ABSENT) {
    const size = 16 << asked.answerSize;
    from = asked.answerBlock;
    if (from > 0 && !(from < out.length)) {
      reply.code = Code.BadRequest;
      return;
    }
    to = Math.min(out.length, from + size);
    const more = to < out.length ? 8 : 0;
    writeUint(reply.writer, Option.Block2, ((from / size) << 4) | more | asked.answerSize);
  }
  writePayload(reply.writer, out.bytes, from, to);
}

function serveBootstrap(client: Client, asked: Asked, incoming: Incoming, reply: Reply): void {
  const message = incoming.message;
  const operation = asked.operation;
  if (asked.part) {
    reply.code = Code.RequestEntityTooLarge;
    return;
  }
  if (operation === Operation.Finish) {
    reply.code = bootstrapFinish(client, incoming.now);
    return;
  }
  const writes = operation === Operation.Write || operation === Operation.Delete;
  if (!writes && operation !== Operation.Discover && operation !== Operation.Read) {
    reply.code = Code.MethodNotAllowed;
    return;
  }
  if (client.state !== Registration.Bootstrapping) bootstrapEnter(client, incoming.now);
  bootstrapHears(client, incoming.now);
  bootstrapAnswer(client, asked, reply, message.bytes, message.payload, message.end);
}

function bootstrapAnswer(
  client: Client,
  asked: Asked,
  reply: Reply,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  if (asked.operation === Operation.Discover) {
    reply.code = linksBootstrap(client.linking, client.accounts, asked.path);
    answerPayload(client, asked, reply, NONE, ContentFormat.Link);
    return;
  }
  if (asked.operation === Operation.Read) {
    // Since 1.1, of the server objects alone (6.1.7.4).
    const allowed = asked.path.length > 0 && asked.path.length <= 2 && asked.path.ids[0] === 1;
    reply.code = allowed ? readPath(client.reading, asked.path, asked.accept) : Code.BadRequest;
    answerPayload(client, asked, reply, NONE, client.reading.format);
    return;
  }
  const writing = client.writing;
  writing.bootstrap = true;
  reply.code =
    asked.operation === Operation.Delete
      ? deletePath(writing, asked.path)
      : writePath(writing, asked, bytes, from, to);
  writing.bootstrap = false;
}
