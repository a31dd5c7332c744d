/**
 * What the rooms of the gateway are to one another; docs/DESIGN.md section 30. Types only.
 *
 *   upstream/   asks the provider's server what each device is to have, and tells it what came of it
 *   releases/   fetches a release once for all, proves it, keeps it        fetch/ + store/
 *   inventory/  what is known of each device, and where its work stands
 *   rollout/    who may begin now: groups, dependencies, pairs, thresholds
 *   downstream/ CoAP, HTTP and DDI to the devices
 *   status/     JSON API and page
 */
export type * from './contract/base.ts';
export type * from './contract/release.ts';
export type * from './contract/device.ts';
export type * from './contract/rollout.ts';
export type * from './contract/desk.ts';
