/** A Crypto port on node:crypto, for tests only, and keys made for the run. */
import * as node from 'node:crypto';
import type { Crypto, Hash } from '../hal/ports.ts';
import type { Anchor } from '../agent/format/cose.ts';
import { memoryKey } from './_hss.ts';

export function nodeHash(): Hash {
  let state = node.createHash('sha256');
  return {
    begin() {
      state = node.createHash('sha256');
    },
    update(bytes, from, to) {
      state.update(bytes.subarray(from, to));
    },
    finish(into) {
      into.set(state.digest());
    },
  };
}

function publicKey(algorithm: number, key: Uint8Array): node.KeyObject {
  const text = (from: number, to: number): string =>
    Buffer.from(key.subarray(from, to)).toString('base64url');
  const jwk =
    algorithm === -19
      ? { kty: 'OKP', crv: 'Ed25519', x: text(0, 32) }
      : { kty: 'EC', crv: 'P-256', x: text(1, 33), y: text(33, 65) };
  return node.createPublicKey({ key: jwk, format: 'jwk' });
}

/** Counts what it was asked. */
export interface NodeCrypto extends Crypto {
  verified: number;
}

export function nodeCrypto(): NodeCrypto {
  return {
    verified: 0,
    sha256: nodeHash,
    verify(algorithm, key, message, signature) {
      this.verified += 1;
      if (algorithm === -46) throw new Error('the agent verifies HSS/LMS itself');
      const object = publicKey(algorithm, key);
      if (algorithm === -19) return node.verify(null, message, object, signature);
      return node.verify('sha256', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature);
    },
  };
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(node.createHash('sha256').update(bytes).digest());
}

/** The 65 bytes of a P-256 public key in PEM. */
export function pointOfPem(pem: string): Uint8Array {
  const der = node.createPublicKey(pem).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der.subarray(der.length - 65));
}

export interface Signer {
  readonly algorithm: number;
  readonly keyId: Uint8Array;
  readonly anchor: Anchor;
  sign(message: Uint8Array): Uint8Array;
}

/** A key pair, fresh but for HSS/LMS; `algorithm` -19, -9, -7 or -46. */
export function signerNew(algorithm: number, name: string): Signer {
  const keyId = new TextEncoder().encode(name);
  if (algorithm === -46) {
    const made = memoryKey(32, [{ height: 5, width: 4 }]);
    return { algorithm, keyId, anchor: { keyId, algorithm, key: made.key }, sign: made.sign };
  }
  const pair =
    algorithm === -19
      ? node.generateKeyPairSync('ed25519')
      : node.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = pair.publicKey.export({ format: 'der', type: 'spki' });
  const key = new Uint8Array(der.subarray(der.length - (algorithm === -19 ? 32 : 65)));
  return {
    algorithm,
    keyId,
    anchor: { keyId, algorithm: algorithm === -7 ? -9 : algorithm, key },
    sign(message) {
      if (algorithm === -19) return new Uint8Array(node.sign(null, message, pair.privateKey));
      return new Uint8Array(
        node.sign('sha256', message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
      );
    },
  };
}
