/** What a realm's global `flipside` is: the exports of agent/index.ts, evaluated in that realm. */
import type { BootDecision } from '../agent/index.ts';

export type { Agent, Chooser, Config, Owner, Status } from '../agent/index.ts';
export type Decision = BootDecision;
export type Flipside = typeof import('../agent/index.ts');
