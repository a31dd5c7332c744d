/** What follows when Update is executed: activate, restart, trial, and the end of it. */
import { bytesCopy } from '../../../agent/bytes.ts';
import { Event, Ok } from '../../../agent/codes.ts';
import { DEFER_UNSET } from './keep.ts';
import { Happening, Result } from './machine.ts';
import { firmwareLater, firmwareStep } from './object.ts';
import type { Firmware } from './object.ts';
import { resultOf, resultOfRevert } from './result.ts';

const SECOND = 1000;
const DIGEST = 32;
/** So long a restart waits for notifications to be acknowledged. */
const RESTART_PATIENCE = 10 * SECOND;

/** Update was executed, or comes up again: 0, or the code why it does not begin. */
export function firmwareUpdate(firmware: Firmware, now: number): number {
  const agent = firmware.agent;
  agent.status(firmware.status);
  bytesCopy(firmware.status.offeredDigest, 0, firmware.kept.digest, 0, DIGEST);
  const code = agent.activate();
  if (code >= Ok) {
    firmware.updateAt = 0;
    firmwareStep(firmware, Happening.Update, 0);
    firmware.restarting = true;
    firmware.restartBy = now + RESTART_PATIENCE;
    return Ok;
  }
  const result = resultOf(code);
  if (result === Result.Deferred) {
    if (firmware.deferredAt === 0) firmware.deferredAt = now;
    firmware.updateAt = firmwareLater(firmware, now);
    firmwareStep(firmware, Happening.Defer, 0);
    return Ok;
  }
  firmware.updateAt = 0;
  if (result === Result.Integrity) firmwareStep(firmware, Happening.Lost, result);
  else firmwareStep(firmware, Happening.Refuse, Result.Failed);
  return code;
}

/**
 * Seconds for which the application may still put the update off; -1 where the server set no limit. For the application's
 * own answer to the agent: whether an update goes ahead stays the owner's word.
 */
export function firmwareDeferLeft(firmware: Firmware, now: number): number {
  const defer = firmware.kept.defer;
  if (defer === DEFER_UNSET) return -1;
  if (firmware.deferredAt === 0) return defer;
  return Math.max(0, defer - Math.floor((now - firmware.deferredAt) / SECOND));
}

/** The new image runs on trial: looks once a second whether it is confirmed. A revert comes with a reset. */
export function firmwareWatch(firmware: Firmware, now: number): number {
  firmware.agent.status(firmware.status);
  if (firmware.status.trial !== 0) return now + SECOND;
  firmware.agent.report(firmware.report);
  if (firmware.report.event === Event.Confirmed) firmwareStep(firmware, Happening.Confirm, 0);
  else firmwareStep(firmware, Happening.Revert, resultOfRevert(firmware.report.code));
  return Infinity;
}
