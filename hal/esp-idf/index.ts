/** A stock ESP32 bootloader under the agent: its otadata, its images, its partition table. */
export { CHIPS, chipNamed } from './chips.ts';
export type { Chip } from './chips.ts';
export { espIdfControl } from './control.ts';
export type { EspIdfBoard } from './control.ts';
export { imageInfoNew, imageVerify } from './image.ts';
export type { ImageInfo } from './image.ts';
export { partitionAt, partitionTableNew, partitionTableRead, TABLE_OFFSET } from './partitions.ts';
export type { PartitionPlace, PartitionTable } from './partitions.ts';
