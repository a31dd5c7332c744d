/** A stock ESP32 bootloader on the simulator's flash. */
export * from './bootloader.ts';
export type { ChipRules } from './image.ts';
export { loads } from './image.ts';
export * from './otadata.ts';
export { loadTable } from './table.ts';
