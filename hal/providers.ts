/** Providers of the crypto and inflate ports that need no platform, and the checks a port author runs on another. */
export { nobleCrypto } from './noble.ts';
export { nobleDecryption } from './noble/decryption.ts';
export { nobleSigning } from './noble/signing.ts';
export type { NobleKey } from './noble/signing.ts';
export { deviceDecryption } from './device-decryption.ts';
export type { DeviceKey } from './device-keys.ts';
export { windowInflate } from './inflate.ts';
export { scriptSha256 } from './sha256.ts';
export { fflateInflate } from './fflate.ts';
export { cryptoConformance, type SignatureCase } from './crypto-conformance.ts';
export { decryptionConformance } from './decryption-conformance.ts';
export { inflateConformance } from './inflate-conformance.ts';
