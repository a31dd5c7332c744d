/** The same as agent.ts, of a device that takes patches. */
import { bootDecide, openAgent, patches } from '../../agent/index.ts';
import { windowInflate } from '../../hal/inflate.ts';

// oxlint-disable-next-line device/dialect
(globalThis as unknown as { agent: unknown[] }).agent = [bootDecide, openAgent, windowInflate, patches];
