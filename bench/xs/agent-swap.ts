/** The same as agent.ts, of a device in swap mode. */
import { bootDecide, openAgent, swap } from '../../agent/index.ts';
import { windowInflate } from '../../hal/inflate.ts';

// oxlint-disable-next-line device/dialect
(globalThis as unknown as { agent: unknown[] }).agent = [bootDecide, openAgent, windowInflate, swap];
