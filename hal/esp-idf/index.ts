export { espIdfControl } from './control.ts';
export type { EspIdfBoard } from './control.ts';
