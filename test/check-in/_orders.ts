import type { Orders } from '../../gateway/contract.ts';

/** There is nothing to do. */
export const IDLE: Orders = {
  time: 1_800_000_000,
  wake: 600,
  path: undefined,
  download: 'skip',
  update: 'skip',
  cancel: false,
  statement: undefined,
};
