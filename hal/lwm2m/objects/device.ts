/** Object 3, Device: what it is, how it fares, and what time the server has. */
import { Code } from '../../coap/numbers.ts';
import { textBytes } from '../format/output.ts';
import { Kind, valueBytes, valueNumber } from '../format/value.ts';
import type { Value } from '../format/value.ts';
import { Access } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';

export const DEVICE = 3;
export const DeviceId = {
  Manufacturer: 0,
  Model: 1,
  Serial: 2,
  FirmwareVersion: 3,
  Reboot: 4,
  Battery: 9,
  MemoryFree: 10,
  ErrorCode: 11,
  CurrentTime: 13,
  Binding: 16,
  HardwareVersion: 18,
  SoftwareVersion: 19,
} as const;

/** Error codes of resource 11. */
export const DeviceError = { None: 0, LowBattery: 1, OutOfMemory: 6, FirmwareUpdateFailed: 11 } as const;

const ROWS: readonly ResourceRow[] = [
  { id: DeviceId.Manufacturer, type: Kind.String, access: Access.Read, multiple: false },
  { id: DeviceId.Model, type: Kind.String, access: Access.Read, multiple: false },
  { id: DeviceId.Serial, type: Kind.String, access: Access.Read, multiple: false },
  { id: DeviceId.FirmwareVersion, type: Kind.String, access: Access.Read, multiple: false },
  { id: DeviceId.Reboot, type: Kind.None, access: Access.Execute, multiple: false },
  { id: DeviceId.Battery, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: DeviceId.MemoryFree, type: Kind.Integer, access: Access.Read, multiple: false },
  { id: DeviceId.ErrorCode, type: Kind.Integer, access: Access.Read, multiple: true },
  { id: DeviceId.CurrentTime, type: Kind.Time, access: Access.ReadWrite, multiple: false },
  { id: DeviceId.Binding, type: Kind.String, access: Access.Read, multiple: false },
  { id: DeviceId.HardwareVersion, type: Kind.String, access: Access.Read, multiple: false },
  { id: DeviceId.SoftwareVersion, type: Kind.String, access: Access.Read, multiple: false },
];

/** What a board says of itself. What it leaves out is not there for a server either. */
export interface DeviceFacts {
  readonly manufacturer?: string | undefined;
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
  readonly hardwareVersion?: string | undefined;
  readonly softwareVersion?: string | undefined;
  /** Of the image that runs. */
  readonly firmwareVersion: () => string;
  /** Percent. */
  readonly battery?: (() => number) | undefined;
  /** KiB. */
  readonly memoryFree?: (() => number) | undefined;
  /** One code of `DeviceError`; `None` where all is well. */
  readonly error?: (() => number) | undefined;
  /** Seconds since 1970; below 0 where the device does not know. */
  readonly time?: (() => number) | undefined;
  /**
   * A server told the time. It is as trusted as the link that it came by; 0, or a CoAP code. Without this the time
   * cannot be written.
   */
  readonly setTime?: ((seconds: number) => number) | undefined;
  /** The server asks for a restart; it is to come after the answer has gone out. 0, or a CoAP code. */
  readonly reboot: () => number;
}

export function deviceObject(facts: DeviceFacts): Lwm2mObject {
  return {
    id: DEVICE,
    version: '1.1',
    rows: ROWS,
    instances: [0],
    read: (_, resource, index, into) => (index > 0 ? Code.NotFound : deviceRead(facts, resource, into)),
    write: (_, resource, __, value) => {
      if (resource !== DeviceId.CurrentTime || facts.setTime === undefined) return Code.MethodNotAllowed;
      return value.number >= 0 ? facts.setTime(value.number) : Code.BadRequest;
    },
    execute: () => facts.reboot(),
  };
}

function textOf(facts: DeviceFacts, resource: number): string | undefined {
  if (resource === DeviceId.Manufacturer) return facts.manufacturer;
  if (resource === DeviceId.Model) return facts.model;
  if (resource === DeviceId.Serial) return facts.serial;
  if (resource === DeviceId.FirmwareVersion) return facts.firmwareVersion();
  if (resource === DeviceId.Binding) return 'U';
  if (resource === DeviceId.HardwareVersion) return facts.hardwareVersion;
  return resource === DeviceId.SoftwareVersion ? facts.softwareVersion : undefined;
}

function numberOf(facts: DeviceFacts, resource: number): number {
  if (resource === DeviceId.Battery) return facts.battery ? facts.battery() : -1;
  if (resource === DeviceId.MemoryFree) return facts.memoryFree ? facts.memoryFree() : -1;
  if (resource === DeviceId.ErrorCode) return facts.error ? facts.error() : DeviceError.None;
  return resource === DeviceId.CurrentTime && facts.time ? facts.time() : -1;
}

function deviceRead(facts: DeviceFacts, resource: number, into: Value): number {
  const text = textOf(facts, resource);
  if (text !== undefined) {
    const bytes = textBytes(text);
    valueBytes(into, Kind.String, bytes, 0, bytes.length);
    return 0;
  }
  const number = numberOf(facts, resource);
  valueNumber(into, resource === DeviceId.CurrentTime ? Kind.Time : Kind.Integer, number);
  return number >= 0 ? 0 : Code.NotFound;
}
