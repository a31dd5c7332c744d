/** The device's identity under Node: a key store in an encrypted file, and what is made of it. */
export type { KeyKind, KeyStoreContent, OscoreIds, StoredKey } from './content.ts';
export { keyFileCreate } from './key-file.ts';
export { keyStoreCreate, keyStoreOpen, keyStoreSave } from './key-store.ts';
export { openLedgerFile } from './ledger-file.ts';
export { nodeIdentity } from './node-identity.ts';
export type { NodeIdentity, Oscore, Psk } from './node-identity.ts';
export type { Protection } from './seal.ts';
export { IdentityError } from './trouble.ts';
