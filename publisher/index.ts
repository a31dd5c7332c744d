/** The workstation side: keys, packing, signing, provisioning, reading. The command `flipside` is cli.ts. */
export { Exit, PublishError } from './errors.ts';
export type { Trouble } from './errors.ts';
export * from './anchors.ts';
export * from './blocks.ts';
export * from './envelope.ts';
export * from './identifiers.ts';
export * from './keys.ts';
export * from './manifest.ts';
export * from './pack.ts';
export * from './provision.ts';
export * from './read-envelope.ts';
export * from './explain.ts';
export * from './publish.ts';
export * from './release.ts';
export * from './serve.ts';
