export * from './defaults.ts';
export * from './link.ts';
export { ESTIMATE, LINK_SOURCES } from './sources.ts';
