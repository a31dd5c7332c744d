/**
 * What a device was told to begin, until it proves how that ended. It outlives the work: that is over for the gateway when
 * the server takes it back, when other work takes its place, or by the mere word of the device; and the device may still
 * come to run it.
 */
import type { DeviceRecord } from '../contract.ts';
import type { Evidence } from './evidence.ts';
import { isOver } from './transitions.ts';

export const WENT_BACK: readonly Evidence[] = ['refused', 'wentBack'];
/** These end it. */
const ENDS: readonly Evidence[] = [...WENT_BACK, 'confirmed', 'newer', 'fault'];

/** Whether the device is to give up what it began: every answer to it says so, until it has. */
export const isCalledOff = ({ begun, work }: DeviceRecord): boolean =>
  begun !== undefined &&
  (work === undefined || work.cancelling || isOver(work.state) || work.manifestDigest !== begun);

const hasEnded = ({ begun, report, work }: DeviceRecord, evidence: Evidence): boolean => {
  if (work?.manifestDigest !== begun) return report!.digest === begun && report!.accepted >= report!.sequence;
  // A trial that was ended runs until the reset that is still to come.
  return ENDS.includes(evidence) && !(WENT_BACK.includes(evidence) && report!.digest === begun);
};

/**
 * By a verified report that came just now. One that was called off is over when an earlier check-in was answered so, and
 * now nothing runs on trial, and nothing is staged. It is told on in that answer, too, in case the first one was lost.
 */
export const afterReport = (device: DeviceRecord, evidence: Evidence): DeviceRecord => {
  const { begun, report, work, claims } = device;
  if (begun === undefined || report === undefined || report.trial > 0) return device;
  const off = isCalledOff(device);
  const over = work === undefined || isOver(work.state) || work.manifestDigest !== begun;
  const given = off && over && device.calledOff === true && claims?.staged === undefined;
  if (hasEnded(device, evidence) || given) return { ...device, begun: undefined, calledOff: false };
  return off === (device.calledOff ?? false) ? device : { ...device, calledOff: off };
};
