/** The same as agent.ts, of a device with an anchor of HSS/LMS. */
import { bootDecide, openAgent, hssLms } from '../../agent/index.ts';
import { windowInflate } from '../../hal/inflate.ts';

// oxlint-disable-next-line device/dialect
(globalThis as unknown as { agent: unknown[] }).agent = [bootDecide, openAgent, windowInflate, hssLms];
