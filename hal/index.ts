export * from './conformance.ts';
export * from './partition.ts';
export type * from './ports.ts';
