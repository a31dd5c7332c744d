export * from './conformance.ts';
export * from './driver.ts';
export * from './partition.ts';
export type * from './ports.ts';
export * from './providers.ts';
