/** What the moment and the time say. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const momentTable: Readonly<Record<string, ExplainRow>> = {
  OutsideWindow: [
    'No maintenance window of the device is open.',
    'It is taken when one opens, and outside of them when the patience is over; the device says until when it waits.',
    S.ConditionFailed,
    L.Deferred,
  ],
  UpdatesOff: [
    'The owner has switched updates off.',
    'Tell the owner what the update mends; nothing else changes it.',
    S.ConditionFailed,
    L.Deferred,
  ],
  OwnerAwaited: [
    'The owner has been told of the update, and has not said yes.',
    'It is taken with the yes to exactly this manifest digest.',
    S.ConditionFailed,
    L.Deferred,
  ],
  Postponed: [
    'The owner has postponed updates.',
    'It is taken by itself when that is over.',
    S.ConditionFailed,
    L.Deferred,
  ],
  Scheduled: [
    'It is to be activated together with others, later.',
    'Activate it again at the time agreed on.',
    S.ConditionFailed,
    L.Deferred,
  ],
  Vetoed: [
    'The application said: not now, for a reason of its own.',
    'Its reason is with it. Offer or activate it again later.',
    S.ConditionFailed,
    L.Deferred,
  ],
  ExpiryNotJudged: [
    'The device has no trusted time: whether the update has expired was not judged.',
    'Give the device a source of time that it trusts, or accept that an old update is taken.',
    S.Ok,
    L.Success,
  ],
  TimeRefused: [
    'The time that was offered lies before what has passed already, or too far ahead.',
    'Check the source. If a trusted one was wrong before, let the owner have the device forget it.',
    S.OperationFailed,
    L.Failed,
  ],
  RecordLost: [
    'A record that the board was to keep over resets is not one any more.',
    'Nothing is to be done: what was waited counts anew. If it happens again, look at what keeps it.',
    S.OperationFailed,
    L.Failed,
  ],
};
