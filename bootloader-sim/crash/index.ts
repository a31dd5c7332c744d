/** The crash-model checker: docs/DESIGN.md says what it explores, docs/PORTING.md how to check a board of your own. */
export * from './explorer.ts';
export { FAULT_NAMES, traceParse, traceText } from './fault.ts';
export type { Fault, FaultName, Planned } from './fault.ts';
export { instanceOf } from './instance.ts';
export type { Instance } from './instance.ts';
export { runsOn } from './scenario.ts';
export type { Manner, Outcome, Scenario, Step, Told } from './scenario.ts';
export { scenarioNamed, scenarios } from './scenarios.ts';
export * from './steps.ts';
export type { Release, Stock } from './stock.ts';
export { Violation } from './violation.ts';
export { drawWorld } from './draw.ts';
export { NoSuchPoint, replay, shorten } from './replay.ts';
export type { Case } from './replay.ts';
