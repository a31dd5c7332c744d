export type * from './ports.ts';
export * from './partition.ts';
