/** Object 4, Connectivity Monitoring: the bearer, and how well it carries. */
import { Code } from '../../coap/numbers.ts';
import { textBytes } from '../format/output.ts';
import { Kind, valueBytes, valueNumber } from '../format/value.ts';
import type { Value } from '../format/value.ts';
import { Access } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';

export const CONNECTIVITY = 4;
export const ConnectivityId = {
  Bearer: 0,
  Bearers: 1,
  SignalStrength: 2,
  LinkQuality: 3,
  Addresses: 4,
} as const;

/** Bearers of resource 0 that a link profile may name. */
export const Bearer = {
  LteTdd: 5,
  LteFdd: 6,
  NbIot: 7,
  Wlan: 21,
  Bluetooth: 22,
  Ieee802154: 23,
  Ethernet: 41,
} as const;

const ROWS: readonly ResourceRow[] = [
  { id: ConnectivityId.Bearer, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: ConnectivityId.Bearers, type: Kind.Integer, access: Access.Read, multiple: true },
  { id: ConnectivityId.SignalStrength, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: ConnectivityId.LinkQuality, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: ConnectivityId.Addresses, type: Kind.String, access: Access.Read, multiple: true },
];

export interface ConnectivityFacts {
  readonly bearer: number;
  /** dBm, a negative number. */
  readonly signalStrength: () => number;
  readonly linkQuality?: (() => number) | undefined;
  readonly address: () => string;
}

export function connectivityObject(facts: ConnectivityFacts): Lwm2mObject {
  return {
    id: CONNECTIVITY,
    version: '1.1',
    rows: ROWS,
    instances: [0],
    read: (_, resource, index, into) => (index > 0 ? Code.NotFound : connectivityRead(facts, resource, into)),
    write: () => Code.MethodNotAllowed,
    execute: () => Code.MethodNotAllowed,
  };
}

function connectivityRead(facts: ConnectivityFacts, resource: number, into: Value): number {
  if (resource === ConnectivityId.Addresses) {
    const bytes = textBytes(facts.address());
    valueBytes(into, Kind.String, bytes, 0, bytes.length);
    return bytes.length > 0 ? 0 : Code.NotFound;
  }
  if (resource === ConnectivityId.LinkQuality && facts.linkQuality === undefined) return Code.NotFound;
  valueNumber(into, Kind.Integer, facts.bearer);
  if (resource === ConnectivityId.SignalStrength) into.number = facts.signalStrength();
  else if (resource === ConnectivityId.LinkQuality && facts.linkQuality) into.number = facts.linkQuality();
  return 0;
}
