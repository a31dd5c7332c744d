/** What identity, reports and statements say. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const identityTable: Readonly<Record<string, ExplainRow>> = {
  KeyMissing: [
    'The device has no key of this id for what is asked.',
    'Compare the key ids of its identity with the configuration of reports and links.',
    S.OperationFailed,
    L.Failed,
  ],
  IdentityFailed: [
    'The identity of the device did not sign, authenticate, agree or derive.',
    'Check the secure element, or the key store and its passphrase or key file.',
    S.OperationFailed,
    L.Failed,
  ],
  LedgerFailed: [
    'The ledger of report numbers and statements takes no record any more.',
    'Give it more erase sectors, or replace the flash; until then the device sends no report that counts.',
    S.OperationFailed,
    L.Failed,
  ],
  Statement: [
    'This is no statement of the latest sequence.',
    'Make it with flipside publish --statement, or flipside statement; check what the server answers.',
    S.CborParse,
    L.PackageType,
  ],
  StatementExpired: [
    'The statement of the latest sequence is too old: nobody vouches that the source offers the latest release.',
    'Publish a new statement; if there is one, the source withholds it.',
    S.ConditionFailed,
    L.Failed,
  ],
  StatementNonce: [
    'The statement answers another nonce than the one that the device asked with.',
    'Answer with flipside statement --nonce, each nonce anew; an old answer may have been replayed.',
    S.ConditionFailed,
    L.Integrity,
  ],
  StatementOld: [
    'The statement is older than one that the device has seen.',
    'Look for a mirror or cache that serves an old one; a release that was stated is not withdrawn by a lower sequence.',
    S.ConditionFailed,
    L.Integrity,
  ],
  SourceWithholds: [
    'The publisher states a newer release than the source offers: the source withholds it.',
    'Ask another source; if a release was just published, wait until the source has it.',
    S.ConditionFailed,
    L.ConnectionLost,
  ],
  StatementNotJudged: [
    'Without a trusted clock or a nonce it cannot be told whether the statement is still the latest.',
    'Give the device a trusted time, or let it ask with a nonce.',
    S.ConditionFailed,
    L.Failed,
  ],
};
