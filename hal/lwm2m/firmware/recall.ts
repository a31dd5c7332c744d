/** What became of an update over a reset: the record says what was under way, the agent's report how it ended. */
import { bytesCopy, bytesEqual } from '../../../agent/bytes.ts';
import { Event } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { keepRead } from './keep.ts';
import { Happening, machineStep, Result, State } from './machine.ts';
import { firmwareNew, firmwareSave } from './object.ts';
import type { Firmware, FirmwareOptions } from './object.ts';
import { resultOfRevert } from './result.ts';

const DIGEST = 32;

/** Opens object 5 in the running image. */
export function firmwareOpen(options: FirmwareOptions): Firmware {
  const firmware = firmwareNew(options);
  firmwareRecall(firmware);
  return firmware;
}

function firmwareRecall(firmware: Firmware): void {
  const keep = firmware.options.keep;
  const length = keep ? keep.load(firmware.record) : 0;
  const known = length > 0 && keepRead(firmware.kept, firmware.record, length);
  const machine = firmware.machine;
  const kept = firmware.kept;
  machine.state = kept.state;
  machine.result = kept.result;
  firmware.agent.status(firmware.status);
  firmware.agent.report(firmware.report);
  if (firmware.status.trial !== 0) {
    // Whoever activated it: an update is under way until the trial is over.
    machine.state = State.Updating;
    machine.result = Result.Initial;
    bytesCopy(firmware.status.digest, 0, kept.digest, 0, DIGEST);
  } else if (machine.state === State.Updating || !known) firmwareOutcome(firmware, known);
  else if (machine.state !== State.Idle) firmwareBroken(firmware);
  firmwareSave(firmware);
}

/** The update that the record names, or without one the last: what the agent says of it. */
function firmwareOutcome(firmware: Firmware, known: boolean): void {
  const report = firmware.report;
  const machine = firmware.machine;
  const reverted = report.event === Event.Reverted || report.event === Event.Fallback;
  if (known) machine.state = State.Updating;
  else if (reverted || report.event === Event.Confirmed) machine.state = State.Updating;
  else return;
  const mine = !known || bytesEqual(report.digest, 0, firmware.kept.digest, 0, DIGEST);
  if (report.event === Event.Confirmed && mine) machineStep(machine, Happening.Confirm, 0);
  else machineStep(machine, Happening.Revert, resultOfRevert(reverted && mine ? report.code : Err.BadState));
}

/** A reset in mid-download, or before the update: what stands in flash is kept, and has to be asked for again. */
function firmwareBroken(firmware: Firmware): void {
  if (firmware.kept.uriLength > 0 && firmware.options.fetch) {
    firmware.machine.state = State.Downloading;
    firmware.machine.result = Result.Initial;
    firmware.fetchAt = 1;
  } else {
    firmware.machine.state = State.Downloading;
    machineStep(firmware.machine, Happening.Fail, Result.ConnectionLost);
  }
}
