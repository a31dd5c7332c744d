/** CoAP for a device: messages, an endpoint, and what is built upon it. */
export * from './message.ts';
export * from './numbers.ts';
export * from './writer.ts';
export type * from './contract.ts';
export * from './estimate.ts';
export { openEndpoint } from './endpoint.ts';
export * from './answer.ts';
export * from './block.ts';
export * from './body.ts';
export * from './link-format.ts';
export * from './observers.ts';
export * from './echo.ts';
export * from './download.ts';
export { writePath } from './path.ts';
export * from './update.ts';
export type * from './update-options.ts';
export * from './upload.ts';
export * from './watch.ts';
