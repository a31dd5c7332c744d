export * from './conformance.ts';
export * from './partition.ts';
export * from './driver.ts';
export type * from './ports.ts';
