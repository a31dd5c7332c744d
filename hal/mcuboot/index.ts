export { mcubootOpen } from './control.ts';
export type { Mcuboot, McubootBoard } from './control.ts';
