/** Object 1, Server: how this device is managed by a server. */
import { Code } from '../../coap/numbers.ts';
import { Kind, valueBytes, valueNumber } from '../format/value.ts';
import type { Value } from '../format/value.ts';
import { LIFETIME_MIN, serverReset, serverWith, SSID_MAX, textSet } from '../model/accounts.ts';
import type { Accounts, Server } from '../model/accounts.ts';
import { Access } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';

export const SERVER = 1;
export const ServerId = {
  Ssid: 0,
  Lifetime: 1,
  PeriodMin: 2,
  PeriodMax: 3,
  Storing: 6,
  Binding: 7,
  Update: 8, // Registration Update Trigger
  Bootstrap: 9, // Bootstrap-Request Trigger, since 1.1
} as const;

const ROWS: readonly ResourceRow[] = [
  { id: ServerId.Ssid, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: ServerId.Lifetime, type: Kind.Integer, access: Access.ReadWrite, multiple: false },
  { id: ServerId.PeriodMin, type: Kind.Integer, access: Access.ReadWrite, multiple: false },
  { id: ServerId.PeriodMax, type: Kind.Integer, access: Access.ReadWrite, multiple: false },
  { id: ServerId.Storing, type: Kind.Boolean, access: Access.ReadWrite, multiple: false },
  { id: ServerId.Binding, type: Kind.String, access: Access.ReadWrite, multiple: false },
  { id: ServerId.Update, type: Kind.None, access: Access.Execute, multiple: false },
  { id: ServerId.Bootstrap, type: Kind.None, access: Access.Execute, multiple: false },
];

/** Told of what a server asks for by this object. */
export interface ServerHooks {
  /** Lifetime or binding changed: an update tells it. */
  changed(): void;
  update(): void;
  bootstrap(): number;
}

export function serverObject(accounts: Accounts, hooks: ServerHooks): Lwm2mObject {
  return {
    id: SERVER,
    version: '1.1',
    rows: ROWS,
    instances: [],
    read: (instance, resource, index, into) => serverRead(accounts, instance, resource, index, into),
    write: (instance, resource, _, value) => {
      const code = serverWrite(accounts, instance, resource, value);
      if (code === 0 && (resource === ServerId.Lifetime || resource === ServerId.Binding)) hooks.changed();
      return code;
    },
    execute: (_, resource) => {
      if (resource === ServerId.Bootstrap) return hooks.bootstrap();
      hooks.update();
      return 0;
    },
    create: (instance) => {
      for (const server of accounts.servers) {
        if (server.id < 0) {
          serverReset(server, instance);
          return 0;
        }
      }
      return Code.RequestEntityTooLarge;
    },
    remove: (instance) => {
      const server = serverWith(accounts, instance);
      if (server) serverReset(server, -1);
      return 0;
    },
    reset: (instance) => {
      const server = serverWith(accounts, instance);
      if (server) serverReset(server, instance);
    },
  };
}

function serverRead(
  accounts: Accounts,
  instance: number,
  resource: number,
  index: number,
  into: Value,
): number {
  const server = serverWith(accounts, instance);
  if (server === undefined || index > 0) return Code.NotFound;
  if (resource === ServerId.Binding) {
    valueBytes(into, Kind.String, server.binding.bytes, 0, server.binding.length);
    return 0;
  }
  if (resource === ServerId.Storing) {
    valueNumber(into, Kind.Boolean, server.storing ? 1 : 0);
    return 0;
  }
  const number = numberOf(server, resource);
  valueNumber(into, Kind.Integer, number);
  return number >= 0 ? 0 : Code.NotFound;
}

function numberOf(server: Server, resource: number): number {
  if (resource === ServerId.Ssid) return server.ssid;
  if (resource === ServerId.Lifetime) return server.lifetime;
  if (resource === ServerId.PeriodMin) return server.pmin;
  return resource === ServerId.PeriodMax ? server.pmax : -1;
}

function serverWrite(accounts: Accounts, instance: number, resource: number, value: Value): number {
  const server = serverWith(accounts, instance);
  if (server === undefined) return Code.NotFound;
  if (resource === ServerId.Binding) return bindingWrite(server, value);
  if (resource === ServerId.Storing) {
    server.storing = value.number === 1;
    return 0;
  }
  if (!(value.number >= 0)) return Code.BadRequest;
  if (resource === ServerId.Ssid) {
    if (!(value.number >= 1 && value.number <= SSID_MAX)) return Code.BadRequest;
    server.ssid = value.number;
  } else if (resource === ServerId.Lifetime) server.lifetime = Math.max(LIFETIME_MIN, value.number);
  else if (resource === ServerId.PeriodMin) server.pmin = value.number;
  else if (resource === ServerId.PeriodMax) server.pmax = value.number;
  return 0;
}

/** "U", and of 1.0 "UQ": no other transport is spoken. */
function bindingWrite(server: Server, value: Value): number {
  const length = value.to - value.from;
  const plain = length >= 1 && value.bytes[value.from] === 0x55;
  const queued = length === 1 || (length === 2 && value.bytes[value.from + 1] === 0x51);
  if (!(plain && queued)) return Code.BadRequest;
  return textSet(server.binding, value.bytes, value.from, value.to) ? 0 : Code.BadRequest;
}
