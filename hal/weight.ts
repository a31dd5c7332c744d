/** What the code of an offer that failed says of the release: whether to wait, to try the way again, or to give it up. */
import * as Err from '../agent/err.ts';

/** Later: the device means to, not now. Link: it did not get there. Fault: it will not have this one. */
export const Weight = { None: 0, Later: 1, Link: 2, Fault: 3 } as const;

type Row = readonly [from: number, to: number, weight: number];

/** From the higher number to the lower one; the first row that holds. What has none is a fault. */
const ROWS: readonly Row[] = [
  [0, 0, Weight.None],
  [Err.AlreadyRunning, Err.AlreadyRunning, Weight.None],
  [Err.Cancelled, Err.Cancelled, Weight.Later],
  [Err.EnergyLow, Err.Deferred, Weight.Later],
  [Err.ConsentMissing, Err.InTrial, Weight.Later],
  [Err.BackingOff, Err.BackingOff, Weight.Later],
  [Err.OutsideWindow, Err.ExpiryNotJudged, Weight.Later],
  [Err.EnvelopeTooShort, Err.EnvelopeTooShort, Weight.Link],
  [Err.PayloadTooShort, Err.PayloadTooShort, Weight.Link],
  [Err.NoNetwork, Err.NoNetwork, Weight.Link],
  [Err.CoapMalformed, Err.CoapUri, Weight.Link],
  [Err.ProtectionMalformed, Err.ChannelFailed, Weight.Link],
  [Err.UriMalformed, Err.SourceUntrusted, Weight.Link],
];

/** Of `Weight`. */
export function weigh(code: number): number {
  for (const row of ROWS) if (code <= row[0] && code >= row[1]) return row[2];
  return Weight.Fault;
}
