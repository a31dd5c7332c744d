/** Object 5 as a server sees it: its resources over firmware/object.ts. The package itself comes another way (answer/push.ts). */
import { Code } from '../../coap/numbers.ts';
import { textBytes } from '../format/output.ts';
import { Kind, valueBytes, valueNumber } from '../format/value.ts';
import type { Value } from '../format/value.ts';
import { URI_MAX } from '../model/accounts.ts';
import { argumentsValid } from '../model/arguments.ts';
import { Access } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';
import { DEFER_UNSET, Severity } from './keep.ts';
import { Happening, machineMay, State } from './machine.ts';
import { firmwareUri } from './fetch.ts';
import { FirmwareId, firmwareDrop, firmwareStep } from './object.ts';
import type { Firmware } from './object.ts';
import { firmwareUpdate } from './update.ts';

export const FIRMWARE = 5;

/** Delivery methods of resource 9. */
const Delivery = { Pull: 0, Push: 1, Both: 2 } as const;

const ROWS: readonly ResourceRow[] = [
  { id: FirmwareId.Package, type: Kind.Opaque, access: Access.Write, multiple: false },
  { id: FirmwareId.Uri, type: Kind.String, access: Access.ReadWrite, multiple: false },
  { id: FirmwareId.Update, type: Kind.None, access: Access.Execute, multiple: false },
  { id: FirmwareId.State, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: FirmwareId.Result, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: FirmwareId.Name, type: Kind.String, access: Access.Read, multiple: false },
  { id: FirmwareId.Version, type: Kind.String, access: Access.Read, multiple: false },
  { id: FirmwareId.Protocols, type: Kind.Integer, access: Access.Read, multiple: true },
  { id: FirmwareId.Delivery, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: FirmwareId.Cancel, type: Kind.None, access: Access.Execute, multiple: false },
  { id: FirmwareId.Severity, type: Kind.Integer, access: Access.ReadWrite, multiple: false },
  { id: FirmwareId.Changed, type: Kind.Time, access: Access.Read, multiple: false },
  { id: FirmwareId.Defer, type: Kind.Unsigned, access: Access.ReadWrite, multiple: false },
];

/** `now`: milliseconds of the client's clock. */
export function firmwareResources(firmware: Firmware, now: () => number): Lwm2mObject {
  return {
    id: FIRMWARE,
    version: '1.1',
    rows: ROWS,
    instances: [0],
    read: (_, resource, index, into) => resourceRead(firmware, resource, index, into),
    write: (_, resource, __, value) => resourceWrite(firmware, resource, value, now()),
    execute: (_, resource, bytes, from, to) => {
      if (!argumentsValid(bytes, from, to)) return Code.BadRequest;
      return resource === FirmwareId.Update ? update(firmware, now()) : cancel(firmware);
    },
  };
}

function update(firmware: Firmware, now: number): number {
  if (firmware.machine.state !== State.Downloaded) return Code.MethodNotAllowed;
  return firmwareUpdate(firmware, now) < 0 ? Code.InternalServerError : 0;
}

function cancel(firmware: Firmware): number {
  if (!machineMay(firmware.machine, Happening.Cancel)) return Code.MethodNotAllowed;
  firmwareDrop(firmware);
  firmwareStep(firmware, Happening.Cancel, 0);
  return 0;
}

function resourceWrite(firmware: Firmware, resource: number, value: Value, now: number): number {
  const kept = firmware.kept;
  if (resource === FirmwareId.Uri) {
    if (!(value.to - value.from <= URI_MAX)) return Code.BadRequest;
    return firmwareUri(firmware, value.bytes, value.from, value.to, now) ? 0 : Code.MethodNotAllowed;
  }
  if (resource === FirmwareId.Severity) {
    if (!(value.number >= Severity.Critical && value.number <= Severity.Optional)) return Code.BadRequest;
    kept.severity = value.number;
  } else if (resource === FirmwareId.Defer) {
    if (!(value.number < DEFER_UNSET)) return Code.BadRequest;
    kept.defer = value.number;
  } else return Code.MethodNotAllowed;
  firmware.changed(resource);
  return 0;
}

function resourceRead(firmware: Firmware, resource: number, index: number, into: Value): number {
  const fetch = firmware.options.fetch;
  if (resource === FirmwareId.Protocols) {
    const protocols = fetch ? fetch.protocols : [];
    valueNumber(into, Kind.Integer, index < protocols.length ? protocols[index]! : 0);
    return index < protocols.length ? 0 : Code.NotFound;
  }
  if (index > 0) return Code.NotFound;
  if (resource === FirmwareId.Uri) {
    valueBytes(into, Kind.String, firmware.kept.uri, 0, firmware.kept.uriLength);
    return 0;
  }
  if (resource === FirmwareId.Name || resource === FirmwareId.Version)
    return textRead(firmware, resource, into);
  const number = numberOf(firmware, resource);
  valueNumber(into, kindOf(resource), number);
  return number >= 0 ? 0 : Code.NotFound;
}

function kindOf(resource: number): number {
  if (resource === FirmwareId.Changed) return Kind.Time;
  return resource === FirmwareId.Defer ? Kind.Unsigned : Kind.Integer;
}

function numberOf(firmware: Firmware, resource: number): number {
  const kept = firmware.kept;
  if (resource === FirmwareId.State) return firmware.machine.state;
  if (resource === FirmwareId.Result) return firmware.machine.result;
  if (resource === FirmwareId.Delivery) return firmware.options.fetch ? Delivery.Both : Delivery.Push;
  if (resource === FirmwareId.Severity) return kept.severity;
  if (resource === FirmwareId.Changed) return kept.changed > 0 ? kept.changed : -1;
  return resource === FirmwareId.Defer && kept.defer !== DEFER_UNSET ? kept.defer : -1;
}

/** The version is a sequence: of the package while there is one, else of the image that runs. */
function textRead(firmware: Firmware, resource: number, into: Value): number {
  let text = firmware.options.name ?? '';
  if (resource === FirmwareId.Version) {
    firmware.agent.status(firmware.status);
    const offered = firmware.machine.state === State.Downloaded;
    text = '' + (offered ? firmware.status.offered : firmware.status.sequence);
  }
  const bytes = textBytes(text);
  valueBytes(into, Kind.String, bytes, 0, bytes.length);
  return bytes.length > 0 ? 0 : Code.NotFound;
}
