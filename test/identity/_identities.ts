import { nodeIdentity } from '../../hal/node/index.ts';
import type { KeyKind, NodeIdentity, StoredKey } from '../../hal/node/index.ts';

export const id = (text: string): Uint8Array => new TextEncoder().encode(text);
export const DEVICE: Uint8Array = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i);

/** The same each time. */
export const secretOf = (kind: KeyKind, byte = 7): StoredKey => ({
  kind,
  keyId: id(`${kind} 1`),
  secret: new Uint8Array(kind === 'A128KW' || kind === 'OSCORE' || kind === 'PSK' ? 16 : 32).fill(byte),
  ...(kind === 'OSCORE' && {
    oscore: {
      senderId: new Uint8Array(0),
      recipientId: Uint8Array.of(1),
      masterSalt: Uint8Array.from(Buffer.from('9e7ca92223786340', 'hex')),
      context: new Uint8Array(0),
    },
  }),
});

export const KINDS: readonly KeyKind[] = [
  'Ed25519',
  'ESP256',
  'HMAC',
  'HKDF',
  'A128KW',
  'X25519',
  'P-256',
  'PSK',
  'OSCORE',
];

export const everyKey = (): StoredKey[] => KINDS.map((kind) => secretOf(kind));

export const fullIdentity = (): NodeIdentity => nodeIdentity({ device: DEVICE, keys: everyKey() });
