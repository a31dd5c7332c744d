export { mcubootBoot } from './boot.ts';
export type { McubootBoot, McubootBuild, Swapped } from './boot.ts';
