export * from './boards.ts';
export * from './faults.ts';
export * from './nor-flash.ts';
export * from './power.ts';
