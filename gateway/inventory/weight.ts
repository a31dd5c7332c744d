/** What the code of a session that failed says of the release. */
import * as Err from '../../agent/err.ts';

/** `later`: the device means to, not now. `link`: it did not get there. `fault`: it will not have this one. */
export type Weight = 'none' | 'later' | 'link' | 'fault';

type Row = readonly [from: number, to: number, weight: Weight];

/** From the higher number to the lower one; the first row that holds. What has none is a fault. */
const ROWS: readonly Row[] = [
  [0, 0, 'none'],
  [Err.AlreadyRunning, Err.AlreadyRunning, 'none'],
  [Err.Cancelled, Err.Cancelled, 'later'],
  [Err.EnergyLow, Err.Deferred, 'later'],
  [Err.ConsentMissing, Err.InTrial, 'later'],
  [Err.BackingOff, Err.BackingOff, 'later'],
  [Err.OutsideWindow, Err.ExpiryNotJudged, 'later'],
  [Err.EnvelopeTooShort, Err.EnvelopeTooShort, 'link'],
  [Err.PayloadTooShort, Err.PayloadTooShort, 'link'],
  [Err.NoNetwork, Err.NoNetwork, 'link'],
  [Err.CoapMalformed, Err.CoapUri, 'link'],
  [Err.ProtectionMalformed, Err.ChannelFailed, 'link'],
  [Err.UriMalformed, Err.SourceUntrusted, 'link'],
];

export const weigh = (code: number): Weight => {
  for (const [from, to, weight] of ROWS) if (code <= from && code >= to) return weight;
  return 'fault';
};

/** Reverts after which the device takes the manifest no more (agent/revert.ts); after others it backs off. */
const REFUSING: readonly number[] = [Err.AttemptsSpent, Err.CheckFailed, Err.WindowOver, Err.Rejected];

export const isRefusing = (code: number): boolean => REFUSING.includes(code);
