/** Where a function's variables are: from 1, first those it has from outside (`RETRIEVE`), then its own as they are made. */
import type { Instruction } from './instructions.ts';

/** Instructions whose operand is the place of a variable. */
const NAMES_VARIABLE = /^(GET|SET|LET|VAR|CONST|PULL|REFRESH|RESET)_(LOCAL|CLOSURE)_1$|^STORE_1$|_PRIVATE_1$/;

export const namesVariable = ({ name }: Instruction): boolean => NAMES_VARIABLE.test(name);

/** Takes variables out that no instruction names any more. */
export const placesOut = (body: readonly Instruction[], out: readonly number[]): void => {
  const reserve = body.find(({ name }) => name === 'RESERVE_1');
  if (reserve !== undefined) reserve.value -= out.length;
  for (const one of body)
    if (namesVariable(one)) one.value -= out.filter((place) => place < one.value).length;
};
