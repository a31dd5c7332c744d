import { boardTable } from './explain-board.ts';
import { momentTable } from './explain-moment.ts';
import { offerTable } from './explain-offer.ts';
import { payloadTable } from './explain-payload.ts';
import type { ExplainRow } from './reasons.ts';

/** By the name of a code in agent/err.ts; a test finds a code without a row. */
export const explainTable: Readonly<Record<string, ExplainRow>> = {
  ...offerTable,
  ...boardTable,
  ...payloadTable,
  ...momentTable,
};
