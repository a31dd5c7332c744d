/** What an object of LwM2M is to the client: a table of its resources, and functions that get at them. */
import type { Value } from '../format/value.ts';

/** What a server may do with a resource. */
export const Access = { None: 0, Read: 1, Write: 2, ReadWrite: 3, Execute: 4 } as const;

export interface ResourceRow {
  readonly id: number;
  /** `Kind` of its values. */
  readonly type: number;
  readonly access: number;
  readonly multiple: boolean;
}

/** Functions give 0, or the CoAP code to answer with (hal/coap/numbers.ts `Code`, 0x80 or more). */
export interface Lwm2mObject {
  readonly id: number;
  /** As Register and Discover tell it; '' for 1.0, which is not told. */
  readonly version: string;
  readonly rows: readonly ResourceRow[];
  /** Ids of the instances that there are. */
  readonly instances: number[];
  /**
   * Fills in the value of a resource. Of a multiple one the value at `index`, and its id is told by `instanceId`; of any
   * other `index` is 0. NotFound where there is none.
   */
  read(instance: number, resource: number, index: number, into: Value): number;
  /** Id of the resource instance at `index`. Default: the index itself. */
  instanceId?: ((instance: number, resource: number, index: number) => number) | undefined;
  /** Takes a value that is of the resource's type; its bytes are the caller's again afterwards. */
  write(instance: number, resource: number, resourceInstance: number, value: Value): number;
  /** Argument: bytes[from..to-1], at most `ARGUMENT_MAX`. */
  execute(instance: number, resource: number, bytes: Uint8Array, from: number, to: number): number;
  /** What a server may not do with an object that lacks these is answered with MethodNotAllowed. */
  create?: ((instance: number) => number) | undefined;
  remove?: ((instance: number) => number) | undefined;
  /** As a new instance is: before a bootstrap server writes all of it. */
  reset?: ((instance: number) => void) | undefined;
}

/** Objects whose instances only a bootstrap server makes and removes: Security and Server. */
export function bootstrapOnly(object: Lwm2mObject): boolean {
  return object.id <= 1;
}

/** Longest argument of an Execute that is looked at. */
export const ARGUMENT_MAX = 255;

export function rowOf(object: Lwm2mObject, resource: number): ResourceRow | undefined {
  for (const row of object.rows) if (row.id === resource) return row;
  return undefined;
}

export function objectOf(objects: readonly Lwm2mObject[], id: number): Lwm2mObject | undefined {
  for (const object of objects) if (object.id === id) return object;
  return undefined;
}

export function instanceOf(object: Lwm2mObject, id: number): boolean {
  return object.instances.indexOf(id) >= 0;
}
