/** Everything of the agent that an application, a bootloader or a test uses. */
export { openAgent } from './agent.ts';
export type { Agent, PayloadRange } from './agent.ts';
export { bootDecide, bootDecisionNew } from './boot.ts';
export type { BootDecision } from './boot.ts';
export { bootFollow } from './follow.ts';
export {
  Answer,
  BootStep,
  Busy,
  Check,
  Done,
  Event,
  Expiry,
  Idle,
  Moment,
  More,
  NO_SLOT,
  Ok,
  Phase,
  Reset,
  SlowStep,
  Wanted,
} from './codes.ts';
export * as Err from './err.ts';
export { swap } from './exchange.ts';
export type { Swap } from './exchange.ts';
export { hssLms } from './format/lms.ts';
export type { HssLms } from './format/lms.ts';
export { Proof } from './config.ts';
export type { BootConfig, Config, MomentGate, Offer } from './config.ts';
export type { Anchor } from './format/cose.ts';
export { encryption } from './payload/encrypted.ts';
export { patches } from './payload/patched.ts';
export type { Patches } from './payload/patched.ts';
export { Day, Gate, Mode } from './moment/codes.ts';
export { momentOpen } from './moment/moment.ts';
export type { Chooser } from './moment/moment.ts';
export type { EnergyFloor, Limit, Owner, PostponeLimit, SecurityRule } from './moment/owner.ts';
export { waitingNew } from './moment/waiting.ts';
export type { Waiting } from './moment/waiting.ts';
export type { MaintenanceWindow } from './moment/window.ts';
export { updateOpen } from './update.ts';
export type { Update } from './update.ts';
export { reportNew, statusNew } from './report.ts';
export type { Report, Status } from './report.ts';
