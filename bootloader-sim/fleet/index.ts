export type * from './contract.ts';
export { FAIL_KINDS } from './device.ts';
export { openFleet } from './fleet.ts';
export { hawkbitUplink } from './hawkbit-uplink.ts';
export type { HawkbitUplinkOptions } from './hawkbit-uplink.ts';
export { deviceIdentity, deviceToken } from './identity.ts';
export { checkInUplink, folderUplink } from './uplinks.ts';
export type { CheckInUplinkOptions, FolderUplinkOptions } from './uplinks.ts';
