/** What can be wrong with messages that are protected, and with secure channels. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const protectionTable: Readonly<Record<string, ExplainRow>> = {
  ProtectionMalformed: [
    'A protected message cannot be: its OSCORE option or what was inside it has a form that is not allowed.',
    'Look at the other side; a proxy that cuts protected messages into blocks is not supported.',
    S.OperationFailed,
    L.Protocol,
  ],
  ProtectionContext: [
    'A protected message names a security context that this side does not have.',
    'Compare sender id, recipient id and ID context on both sides: what one sends with the other receives with.',
    S.OperationFailed,
    L.Protocol,
  ],
  ProtectionReplay: [
    'A protected message came a second time, or this side was restarted and cannot tell whether it did.',
    'Nothing is to be done for one: after a restart the other side shows with its next message that it is fresh.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  ProtectionTag: [
    'A protected message was altered on its way, or protected with other keys.',
    'Compare master secret, master salt and ID context on both sides.',
    S.OperationFailed,
    L.Protocol,
  ],
  ProtectionMissing: [
    'An answer or a request came that is not protected, where it has to be; often it says that the other side could not unprotect.',
    'Look at the log of the other side: it may not have the security context, or may have lost it.',
    S.OperationFailed,
    L.Protocol,
  ],
  SequenceSpent: [
    'There is no sender sequence number to protect a message with: all are used, or the store does not take the next ones.',
    'Look at the store of the security context; where it was lost, give the device a new master secret or ID context.',
    S.OperationFailed,
    L.Failed,
  ],
  ChannelFailed: [
    'The secure channel to the server could not be opened, or it broke.',
    'Compare identity and key on both sides, and check that the server has a DTLS port with a cipher suite of PSK.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
};
