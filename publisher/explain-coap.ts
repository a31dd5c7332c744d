/** What can be wrong with a transfer over CoAP. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const coapTable: Readonly<Record<string, ExplainRow>> = {
  CoapMalformed: [
    'A datagram that came is not a well-formed CoAP message.',
    'Look at what answers on that port; a link that alters bytes lets its checksum catch them.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  CoapTimeout: [
    'The CoAP server did not answer, after the last retransmission or in the time that an answer may take.',
    'Check that it is reachable, and the link profile; the driver tries again later by itself.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  CoapReset: [
    'The CoAP server answered with a reset: it knows nothing of the exchange, or will not have it.',
    'Check host and port; a server that was restarted forgets its exchanges, and a new try helps.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  CoapRefused: [
    'The CoAP server refused: its answer is of class 4 or 5.',
    'Look at the response code that the driver gives with it, and at the log of the server.',
    S.OperationFailed,
    L.Uri,
  ],
  CoapBlock: [
    'A block came that was not asked for, or its length or place contradict the others.',
    'Look at how the server cuts its resource into blocks (RFC 7959); some do it wrong for sizes of their own.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  CoapChanged: [
    'What the server serves under that name changed between two blocks.',
    'Serve each release under a name of its own, as flipside publish does; the next try takes the new one.',
    S.OperationFailed,
    L.ConnectionLost,
  ],
  CoapTooLong: [
    'A CoAP message does not fit the buffer that the board made for it.',
    'Give the endpoint larger buffers, or ask for smaller blocks.',
    S.OperationFailed,
    L.OutOfMemory,
  ],
  CoapBusy: [
    'Every exchange that the CoAP endpoint can hold is under way.',
    'Wait for one to end, or give the endpoint more of them.',
    S.OperationFailed,
    L.Failed,
  ],
  CoapOption: [
    'The CoAP server uses a critical option that this endpoint does not understand.',
    'Look at which option it is, and at whether the server can do without.',
    S.OperationFailed,
    L.Protocol,
  ],
  CoapUri: [
    'The URI is not one that the CoAP driver can or may follow: its scheme, its form or its host.',
    'Use coap:// and a host that the configuration of the device allows.',
    S.OperationFailed,
    L.Uri,
  ],
};
