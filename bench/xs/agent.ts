/** What a device carries: the agent with every stage that is written for devices. */
import { bootDecide, openAgent } from '../../agent/index.ts';
import { windowInflate } from '../../hal/inflate.ts';

// oxlint-disable-next-line device/dialect
(globalThis as unknown as { agent: unknown[] }).agent = [bootDecide, openAgent, windowInflate];
