/** Object 0, Security: how servers are reached. Written by bootstrap alone; no server ever reads it. */
import { Code } from '../../coap/numbers.ts';
import { Kind, valueBytes, valueNumber } from '../format/value.ts';
import type { Value } from '../format/value.ts';
import { securityReset, securityWith, SSID_MAX, textSet } from '../model/accounts.ts';
import type { Accounts, Security, Text } from '../model/accounts.ts';
import { Access } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';

export const SECURITY = 0;
const Id = {
  Uri: 0,
  Bootstrap: 1,
  Mode: 2,
  Identity: 3,
  ServerKey: 4,
  Secret: 5,
  Ssid: 10,
  HoldOff: 11,
  AccountTimeout: 12,
} as const;

const ROWS: readonly ResourceRow[] = [
  { id: Id.Uri, type: Kind.String, access: Access.None, multiple: false },
  { id: Id.Bootstrap, type: Kind.Boolean, access: Access.None, multiple: false },
  { id: Id.Mode, type: Kind.Integer, access: Access.None, multiple: false },
  { id: Id.Identity, type: Kind.Opaque, access: Access.None, multiple: false },
  { id: Id.ServerKey, type: Kind.Opaque, access: Access.None, multiple: false },
  { id: Id.Secret, type: Kind.Opaque, access: Access.None, multiple: false },
  { id: Id.Ssid, type: Kind.Integer, access: Access.None, multiple: false },
  { id: Id.HoldOff, type: Kind.Integer, access: Access.None, multiple: false },
  { id: Id.AccountTimeout, type: Kind.Integer, access: Access.None, multiple: false },
];

/** Reads give all of it: to the store that keeps the accounts, not to a server (model/answer.ts). */
export function securityObject(accounts: Accounts): Lwm2mObject {
  return {
    id: SECURITY,
    version: '1.1',
    rows: ROWS,
    instances: [],
    read: (instance, resource, index, into) => securityRead(accounts, instance, resource, index, into),
    write: (instance, resource, _, value) => securityWrite(accounts, instance, resource, value),
    execute: () => Code.MethodNotAllowed,
    create: (instance) => {
      for (const security of accounts.securities) {
        if (security.id < 0) {
          securityReset(security, instance);
          return 0;
        }
      }
      return Code.RequestEntityTooLarge;
    },
    remove: (instance) => {
      const security = securityWith(accounts, instance);
      // Its own account no bootstrap server removes (1.1 core 6.1.7.6): there would be no way back.
      if (security && security.bootstrap) return Code.BadRequest;
      if (security) securityReset(security, -1);
      return 0;
    },
    reset: (instance) => {
      const security = securityWith(accounts, instance);
      if (security) securityReset(security, instance);
    },
  };
}

function give(into: Value, kind: number, text: Text): number {
  valueBytes(into, kind, text.bytes, 0, text.length);
  return text.length > 0 ? 0 : Code.NotFound;
}

function securityRead(
  accounts: Accounts,
  instance: number,
  resource: number,
  index: number,
  into: Value,
): number {
  const security = securityWith(accounts, instance);
  if (security === undefined || index > 0) return Code.NotFound;
  if (resource === Id.Uri) return give(into, Kind.String, security.uri);
  if (resource === Id.Identity) return give(into, Kind.Opaque, security.identity);
  if (resource === Id.ServerKey) return give(into, Kind.Opaque, security.serverKey);
  if (resource === Id.Secret) return give(into, Kind.Opaque, security.secret);
  if (resource === Id.Bootstrap) valueNumber(into, Kind.Boolean, security.bootstrap ? 1 : 0);
  else if (resource === Id.Mode) valueNumber(into, Kind.Integer, security.mode);
  else if (resource === Id.Ssid) valueNumber(into, Kind.Integer, security.ssid);
  else if (resource === Id.HoldOff) valueNumber(into, Kind.Integer, security.holdOff);
  else return Code.NotFound;
  return 0;
}

function securityWrite(accounts: Accounts, instance: number, resource: number, value: Value): number {
  const security = securityWith(accounts, instance);
  if (security === undefined) return Code.NotFound;
  const text = textOf(security, resource);
  if (text) return textSet(text, value.bytes, value.from, value.to) ? 0 : Code.RequestEntityTooLarge;
  if (resource === Id.Bootstrap) security.bootstrap = value.number === 1;
  else if (resource === Id.Mode) security.mode = value.number;
  else if (resource === Id.HoldOff) security.holdOff = value.number;
  else if (resource === Id.Ssid) {
    // 0 and 65535 stand for no server; a bootstrap account may have them.
    if (!(value.number >= 0 && value.number <= SSID_MAX + 1)) return Code.BadRequest;
    security.ssid = value.number;
  }
  return 0;
}

function textOf(security: Security, resource: number): Text | undefined {
  if (resource === Id.Uri) return security.uri;
  if (resource === Id.Identity) return security.identity;
  if (resource === Id.ServerKey) return security.serverKey;
  return resource === Id.Secret ? security.secret : undefined;
}
