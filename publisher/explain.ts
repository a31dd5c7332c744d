import * as Err from '../agent/err.ts';
import { Exit, PublishError } from './errors.ts';
import { explainTable } from './explain-table.ts';

export { Lwm2mResult, SuitReason } from './reasons.ts';

export interface Explanation {
  readonly code: number;
  readonly name: string;
  readonly sentence: string;
  readonly advice: string;
  readonly suitReason: number;
  readonly lwm2mResult: number;
}

const codes: Readonly<Record<keyof typeof Err, number>> = { ...Err };
const names = Object.keys(codes) as (keyof typeof Err)[];

const explanationOf = (name: keyof typeof Err): Explanation => {
  const [sentence, advice, suitReason, lwm2mResult] = explainTable[name]!;
  return { code: codes[name], name, sentence, advice, suitReason, lwm2mResult };
};

export const explainAll = (): Explanation[] => names.map(explanationOf);

/** What a code means; undefined for a number that is not in the table. */
export const explain = (code: number): Explanation | undefined => {
  const name = names.find((one) => codes[one] === code);
  return name && explanationOf(name);
};

/** `-63`, `63` or `SequenceOld`. */
export const explainText = (text: string): Explanation => {
  const digits = /^-?\d+$/.test(text);
  const found = digits
    ? explain(-Math.abs(Number(text)))
    : explainAll().find((one) => one.name.toLowerCase() === text.toLowerCase());
  if (found) return found;
  const remedy = 'flipside explain, without a code, lists all of them';
  throw new PublishError(`${text} is not in the table`, { field: 'code', remedy, exit: Exit.Usage });
};

/** A code in a message: number and name. */
export const codeText = (code: number): string => {
  const found = explain(code);
  return found ? `${code} ${found.name}` : String(code);
};
