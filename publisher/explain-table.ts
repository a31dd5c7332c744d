import { boardTable } from './explain-board.ts';
import { coapTable } from './explain-coap.ts';
import { identityTable } from './explain-identity.ts';
import { offerTable } from './explain-offer.ts';
import { payloadTable } from './explain-payload.ts';
import { protectionTable } from './explain-protection.ts';
import { sourceTable } from './explain-source.ts';
import type { ExplainRow } from './reasons.ts';

/** By the name of a code in agent/err.ts; a test finds a code without a row. */
export const explainTable: Readonly<Record<string, ExplainRow>> = {
  ...offerTable,
  ...boardTable,
  ...payloadTable,
  ...coapTable,
  ...protectionTable,
  ...sourceTable,
  ...identityTable,
};
