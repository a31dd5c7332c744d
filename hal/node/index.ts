export * from './boards.ts';
export type { FlashImage, SectorImage } from './cells.ts';
export * from './faults.ts';
export * from './nor-flash.ts';
export * from './power.ts';
export * from './http.ts';
export { nodeCrypto } from './crypto.ts';
export { nodeDecryption } from './decryption.ts';
export { zlibInflate } from './inflate.ts';
