/** The agent's ports under the Moddable SDK. Each takes what a module of the SDK gives; none imports one. */
export { moddableFlash } from './flash.ts';
export type { FlashFacts } from './flash.ts';
export { moddableCrypto, moddableHash } from './crypto.ts';
export { moddableP256 } from './p256.ts';
export type { P256, P256Parts } from './p256.ts';
export { moddableClock, moddableResetCause } from './environment.ts';
export { moddableHttp } from './http.ts';
export type { HttpUpdate } from './http.ts';
export { moddableSocket } from './http-socket.ts';
export { windowInflate } from '../inflate.ts';
export { moddableUpdate } from './update.ts';
export type { SdkUpdate, SdkUpdateOptions } from './update.ts';
export type * from './sdk.ts';
