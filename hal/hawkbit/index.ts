/** hawkBit's Direct Device Integration API for a device: what it says and is told, and an update by it over the agent. */
export * from './format-action.ts';
export * from './format-base.ts';
export * from './format-deployment.ts';
export * from './format-feedback.ts';
export * from './format-place.ts';
export { TEXT_MAX } from './json.ts';
