/** A simulated board with a bootloader: the executable specification of what a bootloader does with flipside. */
export * from './behaviour.ts';
export * from './board.ts';
export type { Ending, LogLine } from './cycle.ts';
export * from './deliver.ts';
export type { Agent, Config, Decision, Flipside } from './flipside.ts';
export type { Hook, HookArguments, HookName, HookReport, Hooks } from './hooks.ts';
export * from './hawkbit.ts';
export * from './life.ts';
export { offerOverLink, offerToAgent } from './link/offer.ts';
export type { LinkOffered, LinkOfferOptions, LinkTarget } from './link/offer.ts';
export * from './lwm2m.ts';
export * from './provision.ts';
export * from './serial.ts';
export { Hang, realmOpen } from './realm.ts';
export type { Realm, RealmOptions } from './realm.ts';
export { sharedRealm } from './shared-realm.ts';
