/** What an error code is in the words of the standards. */
/** Reasons of a SUIT report (draft-ietf-suit-report). */
export const SuitReason = {
  Ok: 0,
  CborParse: 1,
  CoseUnsupported: 2,
  AlgorithmUnsupported: 3,
  Unauthorized: 4,
  CommandUnsupported: 5,
  ComponentUnsupported: 6,
  ComponentUnauthorized: 7,
  ParameterUnsupported: 8,
  SeveringUnsupported: 9,
  ConditionFailed: 10,
  OperationFailed: 11,
  InvokePending: 12,
} as const;

/** Update results of the LwM2M firmware update object (5/0/5). */
export const Lwm2mResult = {
  Initial: 0,
  Success: 1,
  NoFlash: 2,
  OutOfMemory: 3,
  ConnectionLost: 4,
  Integrity: 5,
  PackageType: 6,
  Uri: 7,
  Failed: 8,
  Protocol: 9,
  Cancelled: 10,
  Deferred: 11,
} as const;

/** Sentence, advice, SUIT report reason, LwM2M update result. */
export type ExplainRow = readonly [sentence: string, advice: string, suitReason: number, lwm2mResult: number];
