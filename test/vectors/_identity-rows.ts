/** The messages of docs/SPEC.md section 13 that come out the same each time, made by the code that devices and publishers run. */
import * as Err from '../../agent/err.ts';
import { coseAlgorithm, statementWrite } from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';
import { factsOf, failedFacts, optionsOf, reportBy } from '../identity/_reports.ts';
import { fullIdentity, id } from '../identity/_identities.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const made = (bytes: Uint8Array | number): string => {
  if (typeof bytes === 'number') throw new Error(`no report: ${bytes}`);
  return hex(bytes);
};

const anchorKey = (): SigningKey => {
  const identity = fullIdentity();
  const key = new Uint8Array(32);
  identity.publicKey(id('Ed25519 1'), key);
  return {
    algorithm: 'ed25519',
    key,
    keyId: id('release'),
    signatureLength: 64,
    sign(message) {
      const signature = new Uint8Array(64);
      identity.sign(coseAlgorithm.ed25519, id('Ed25519 1'), message, signature);
      return signature;
    },
  };
};

export interface IdentityRows {
  /** Of the Ed25519 key in test/identity/_identities.ts. */
  readonly publicKey: string;
  readonly reports: Readonly<Record<string, string>>;
  readonly statements: Readonly<Record<string, string>>;
}

export const identityRows = (): IdentityRows => {
  const key = anchorKey();
  const facts = {
    vendor: new Uint8Array(16).fill(0x11),
    classId: new Uint8Array(16).fill(0x22),
    sequence: 7,
    securityVersion: 3,
    manifestDigest: new Uint8Array(32).fill(0xd1),
    issued: 1_800_000_000,
  };
  const nonce = Uint8Array.from({ length: 16 }, (_, i) => i);
  return {
    publicKey: hex(key.key),
    reports: {
      'ed25519: reverted, with nonce and source': made(
        reportBy(optionsOf('ed25519'), factsOf({ nonce, source: Err.SourceWithholds })),
      ),
      'hmac-256: reverted': made(reportBy(optionsOf('hmac-256'))),
      'hmac-256-64: an offer was refused': made(
        reportBy(optionsOf('hmac-256-64'), failedFacts(Err.SignatureWrong)),
      ),
    },
    statements: {
      'until a time': hex(statementWrite({ ...facts, expires: facts.issued + 86400 }, key)),
      'an answer': hex(statementWrite({ ...facts, nonce }, key)),
      both: hex(statementWrite({ ...facts, expires: facts.issued + 86400, nonce }, key)),
    },
  };
};
