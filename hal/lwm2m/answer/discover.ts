/** Link format (RFC 6690): what objects there are, for Register and Discover (LwM2M 1.1 core 6.2.1, 6.3.2, 6.1.7.3). */
import { Code } from '../../coap/numbers.ts';
import { outputByte, outputBytes, outputNumber, outputReset, outputText } from '../format/output.ts';
import type { Output } from '../format/output.ts';
import { pathCopy, pathNew, pathWrite } from '../format/path.ts';
import type { Path } from '../format/path.ts';
import { valueNew } from '../format/value.ts';
import type { Accounts } from '../model/accounts.ts';
import { securityWith, serverWith } from '../model/accounts.ts';
import { attributeCount, attributeName, attributesAt, UNSET } from '../model/attributes.ts';
import type { Attributes } from '../model/attributes.ts';
import { instanceOf, objectOf, rowOf } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';
import { SECURITY } from '../objects/security.ts';
import { SERVER } from '../objects/server.ts';

const MULTIPLE_MAX = 256;
const ROOT = '</>;rt="oma.lwm2m"';
/** Formats that are read and written, best first. */
const FORMATS = ';ct="112 11542 60"';
const BOOTSTRAP_ROOT = '</>;lwm2m=1.1';

export interface Linking {
  readonly objects: readonly Lwm2mObject[];
  readonly attributes: Attributes;
  readonly out: Output;
  readonly path: Path;
}

export function linkingNew(objects: readonly Lwm2mObject[], attributes: Attributes, out: Output): Linking {
  return { objects: objects, attributes: attributes, out: out, path: pathNew() };
}

/**
 * What Register says. `plain`: without content formats and versions, which are too much for some servers of version 1.0
 * (Wakaama refuses the former).
 */
export function linksRegister(linking: Linking, plain: boolean): void {
  const out = linking.out;
  outputReset(out);
  outputText(out, ROOT);
  if (!plain) outputText(out, FORMATS);
  for (const object of linking.objects) {
    if (object.id === SECURITY) continue;
    if ((object.version !== '' && !plain) || object.instances.length === 0)
      objectLink(linking, object, plain);
    for (const instance of object.instances) instanceLink(linking, object, instance);
  }
}

function link(linking: Linking): void {
  const out = linking.out;
  if (out.length > 0) outputByte(out, 0x2c);
  outputByte(out, 0x3c);
  pathWrite(out, linking.path, 0, false);
  outputByte(out, 0x3e);
}

function objectLink(linking: Linking, object: Lwm2mObject, plain: boolean): void {
  linking.path.ids[0] = object.id;
  linking.path.length = 1;
  link(linking);
  if (object.version !== '' && !plain) outputText(linking.out, ';ver=' + object.version);
}

function instanceLink(linking: Linking, object: Lwm2mObject, instance: number): void {
  linking.path.ids[0] = object.id;
  linking.path.ids[1] = instance;
  linking.path.length = 2;
  link(linking);
}

/** What a bootstrap server is told: which instances there are, and for which server each. */
export function linksBootstrap(linking: Linking, accounts: Accounts, path: Path): number {
  const out = linking.out;
  outputReset(out);
  outputText(out, BOOTSTRAP_ROOT);
  if (path.length > 1) return Code.BadRequest;
  if (path.length === 1 && objectOf(linking.objects, path.ids[0]!) === undefined) return Code.NotFound;
  for (const object of linking.objects) {
    if (path.length === 1 && path.ids[0] !== object.id) continue;
    if (object.version !== '') objectLink(linking, object, false);
    for (const instance of object.instances) {
      instanceLink(linking, object, instance);
      accountAttributes(out, accounts, object.id, instance);
    }
  }
  return out.overflow ? Code.RequestEntityTooLarge : Code.Content;
}

function accountAttributes(out: Output, accounts: Accounts, object: number, instance: number): void {
  const server = object === SERVER ? serverWith(accounts, instance) : undefined;
  const security = object === SECURITY ? securityWith(accounts, instance) : undefined;
  if (server) outputText(out, ';ssid=' + server.ssid);
  if (security === undefined || security.bootstrap) return;
  outputText(out, ';ssid=' + security.ssid + ';uri="');
  outputBytes(out, security.uri.bytes, 0, security.uri.length);
  outputByte(out, 0x22);
}

/** Discover of an object, an instance or a resource, with the attributes that are set there. */
export function linksDiscover(linking: Linking, path: Path): number {
  const out = linking.out;
  outputReset(out);
  const object = path.length > 0 ? objectOf(linking.objects, path.ids[0]!) : undefined;
  if (path.length === 0 || path.length > 3) return Code.BadRequest;
  if (object === undefined || (path.length >= 2 && !instanceOf(object, path.ids[1]!))) return Code.NotFound;
  const row = path.length === 3 ? rowOf(object, path.ids[2]!) : undefined;
  if (path.length === 3 && row === undefined) return Code.NotFound;
  pathCopy(path, linking.path);
  if (row) resourceLink(linking, object, path.ids[1]!, row);
  else if (path.length === 2) instanceLinks(linking, object, path.ids[1]!);
  else {
    objectLink(linking, object, false);
    attributesWrite(linking);
    for (const instance of object.instances) instanceLinks(linking, object, instance);
  }
  return out.overflow ? Code.RequestEntityTooLarge : Code.Content;
}

function instanceLinks(linking: Linking, object: Lwm2mObject, instance: number): void {
  instanceLink(linking, object, instance);
  attributesWrite(linking);
  for (const row of object.rows) resourceLink(linking, object, instance, row);
}

function resourceLink(linking: Linking, object: Lwm2mObject, instance: number, row: ResourceRow): void {
  const path = linking.path;
  path.ids[0] = object.id;
  path.ids[1] = instance;
  path.ids[2] = row.id;
  path.length = 3;
  link(linking);
  if (row.multiple) outputText(linking.out, ';dim=' + instancesOf(object, instance, row));
  attributesWrite(linking);
}

function instancesOf(object: Lwm2mObject, instance: number, row: ResourceRow): number {
  const value = valueNew();
  let count = 0;
  while (count < MULTIPLE_MAX && object.read(instance, row.id, count, value) === 0) count += 1;
  return count;
}

function attributesWrite(linking: Linking): void {
  const row = attributesAt(linking.attributes, linking.path);
  if (row === undefined) return;
  for (let i = 0; i < attributeCount(); i += 1) {
    if (row.values[i] === UNSET) continue;
    outputText(linking.out, ';' + attributeName(i) + '=');
    outputNumber(linking.out, row.values[i]!);
  }
}
