/** OSCORE (RFC 8613) for a device: protection of CoAP messages from end to end. */
export type * from './ports.ts';
export { deviceAead } from './aes-ccm.ts';
export * from './binding.ts';
export { contextNew } from './context.ts';
export type { Context, ContextSettings } from './context.ts';
export * from './oscore.ts';
export * from './protect.ts';
export * from './protection.ts';
export { refusalWrite } from './refusal.ts';
export { AHEAD } from './sequence.ts';
export * from './unprotect.ts';
