export type * from './ports.ts';
export * from './partition.ts';
export * from './driver.ts';
