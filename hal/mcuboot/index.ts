/** MCUboot under the agent: its trailers, its slots, its images. */
export { mcubootOpen } from './control.ts';
export type { Mcuboot, McubootBoard } from './control.ts';
export { imageVerify, verifierOpen } from './verify.ts';
export type { ImageVerifier, McubootKey } from './verify.ts';
