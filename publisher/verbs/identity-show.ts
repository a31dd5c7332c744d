import { keyStoreOpen, nodeIdentity } from '../../hal/node/identity/index.ts';
import type { StoredKey } from '../../hal/node/identity/index.ts';
import { lines } from '../answer.ts';
import type { Row } from '../answer.ts';
import { hexOf } from '../bytes.ts';
import { identityTrouble, protectionDefine, protectionOf } from './protection.ts';
import type { Verb } from './verb.ts';

const purposes: Readonly<Record<StoredKey['kind'], string>> = {
  Ed25519: 'signs',
  ESP256: 'signs',
  HMAC: 'authenticates',
  HKDF: 'derives',
  A128KW: 'decrypts updates',
  X25519: 'decrypts updates, agrees',
  'P-256': 'decrypts updates, agrees',
  PSK: 'DTLS',
  OSCORE: 'OSCORE',
};

export const identityShow: Verb = {
  example: 'flipside identity show keys/lamp-1.identity --key-file keys/lamp-1.key',
  define(command) {
    command.argument('<file>', 'the store');
    protectionDefine(command);
  },
  run([given], options) {
    const content = identityTrouble(() => keyStoreOpen(given as string, protectionOf(options)));
    const identity = nodeIdentity(content);
    const into = new Uint8Array(65);
    const rows = content.keys.map(({ kind, keyId }): Row => {
      const length = identity.publicKey(keyId, into);
      const own = ['Ed25519', 'ESP256', 'X25519', 'P-256'].includes(kind);
      const publicKey = own && length > 0 ? hexOf(into.slice(0, length)) : null;
      return { kind, keyId: hexOf(keyId), for: purposes[kind], publicKey };
    });
    const pairs = rows.map((row): [string, string] => [
      String(row['kind']),
      `${row['keyId']}  ${row['for']}${row['publicKey'] === null ? '' : `, public ${row['publicKey']}`}`,
    ]);
    identity.close();
    return {
      rows: rows.map((row) => ({ device: hexOf(content.device), ...row })),
      text: lines([['device', hexOf(content.device)], ...pairs]),
    };
  },
};
