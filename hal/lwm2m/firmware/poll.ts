/** What object 5 has to do by itself, and when. */
import * as Err from '../../../agent/err.ts';
import { fetchBegin } from './fetch.ts';
import { State } from './machine.ts';
import { firmwareFail } from './object.ts';
import type { Firmware } from './object.ts';
import { firmwareUpdate, firmwareWatch } from './update.ts';

/** Does what is due. When to call again; Infinity: nothing is. `quiet`: all that was to be told is told. */
export function firmwarePoll(firmware: Firmware, now: number, quiet: boolean): number {
  const machine = firmware.machine;
  if (firmware.restarting) {
    if (!quiet && now < firmware.restartBy) return firmware.restartBy;
    firmware.restarting = false;
    firmware.options.restart();
    return Infinity;
  }
  if (machine.state === State.Updating) return firmwareWatch(firmware, now);
  if (firmware.pushUntil > 0 && now >= firmware.pushUntil) {
    firmware.agent.cancel();
    firmwareFail(firmware, Err.PayloadTooShort);
  }
  if (firmware.fetchAt > 0 && now >= firmware.fetchAt) fetchBegin(firmware, now);
  if (firmware.updateAt > 0 && now >= firmware.updateAt) firmwareUpdate(firmware, now);
  return earliest(earliest(firmware.pushUntil, firmware.fetchAt), firmware.updateAt) || Infinity;
}

const earliest = (a: number, b: number): number => (a === 0 ? b : b === 0 ? a : Math.min(a, b));
