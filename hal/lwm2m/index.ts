/** LwM2M 1.1 for a device: registration, bootstrap, management, and Firmware Update over the agent. */
export { LWM2M_OUTGOING, openLwm2m } from './client/client.ts';
export type { Lwm2m } from './client/client.ts';
export type { FactoryServer, Lwm2mOptions } from './client/options.ts';
export { Registration } from './client/state.ts';
export { Result, State } from './firmware/machine.ts';
export { Protocol } from './firmware/fetch.ts';
export type { FetchPort, Firmware, FirmwareOptions } from './firmware/object.ts';
export { resultOf } from './firmware/result.ts';
export { Mode } from './model/accounts.ts';
export type { Security } from './model/accounts.ts';
export { Access } from './model/object.ts';
export type { Lwm2mObject, ResourceRow } from './model/object.ts';
export { Kind } from './format/value.ts';
export type { Value } from './format/value.ts';
export { Bearer } from './objects/connectivity.ts';
export type { ConnectivityFacts } from './objects/connectivity.ts';
export type { DeviceFacts } from './objects/device.ts';
