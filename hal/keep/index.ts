/** Where a small record outlives a reset. */
export { KEEP_MAX, flashKeep } from './flash.ts';
export { retainedKeep } from './retained.ts';
