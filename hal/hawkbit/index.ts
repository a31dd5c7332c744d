/** hawkBit's Direct Device Integration API for a device: what it says and is told, and an update by it over the agent. */
export { openHawkbitClient } from './client.ts';
export type { Hawkbit } from './client.ts';
export * from './format-action.ts';
export * from './format-base.ts';
export * from './format-deployment.ts';
export * from './format-feedback.ts';
export * from './format-place.ts';
export { TEXT_MAX } from './json.ts';
export { HAWKBIT_KEEP_MAX } from './keep.ts';
export { Stage } from './stage.ts';
export type { DdiMethod, HawkbitAgent, HawkbitOptions, HawkbitPort } from './state.ts';
export { POLL_BOUNDS } from './wait.ts';
export type { PollBounds } from './wait.ts';
