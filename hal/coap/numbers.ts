/** The registered numbers of CoAP that this tree speaks of. Each table names its registry's RFCs. */

/** RFC 7252 section 3. */
export const Type = { Confirmable: 0, NonConfirmable: 1, Acknowledgement: 2, Reset: 3 } as const;

/** Methods and response codes, as the byte of the header: class << 5 | detail (RFC 7252 12.1, 7959, 8132, 8516). */
export const Code = {
  Empty: 0x00,
  Get: 0x01,
  Post: 0x02,
  Put: 0x03,
  Delete: 0x04,
  Fetch: 0x05,
  Patch: 0x06,
  PatchIdempotent: 0x07, // iPATCH
  Created: 0x41,
  Deleted: 0x42,
  Valid: 0x43,
  Changed: 0x44,
  Content: 0x45,
  Continue: 0x5f,
  BadRequest: 0x80,
  Unauthorized: 0x81,
  BadOption: 0x82,
  Forbidden: 0x83,
  NotFound: 0x84,
  MethodNotAllowed: 0x85,
  NotAcceptable: 0x86,
  RequestEntityIncomplete: 0x88,
  Conflict: 0x89,
  PreconditionFailed: 0x8c,
  RequestEntityTooLarge: 0x8d,
  UnsupportedContentFormat: 0x8f,
  TooManyRequests: 0x9d,
  InternalServerError: 0xa0,
  NotImplemented: 0xa1,
  BadGateway: 0xa2,
  ServiceUnavailable: 0xa3,
  GatewayTimeout: 0xa4,
  ProxyingNotSupported: 0xa5,
} as const;

/** Option numbers. An odd one is critical: who does not know it must not act on the message (RFC 7252 5.4.1). */
export const Option = {
  IfMatch: 1,
  UriHost: 3,
  ETag: 4,
  IfNoneMatch: 5,
  Observe: 6, // RFC 7641
  UriPort: 7,
  LocationPath: 8,
  Oscore: 9, // RFC 8613
  UriPath: 11,
  ContentFormat: 12,
  MaxAge: 14,
  UriQuery: 15,
  Accept: 17,
  LocationQuery: 20,
  Block2: 23, // RFC 7959
  Block1: 27,
  Size2: 28,
  ProxyUri: 35,
  ProxyScheme: 39,
  Size1: 60,
  Echo: 252, // RFC 9175
  NoResponse: 258, // RFC 7967
  RequestTag: 292, // RFC 9175
} as const;

/** Content-Format and Accept (RFC 7252 12.3, RFC 7049, RFC 8428, LwM2M). */
export const Format = {
  Text: 0,
  Link: 40,
  Octets: 42,
  Json: 50,
  Cbor: 60,
  SenmlCbor: 112,
  Tlv: 11542,
} as const;

/** Request methods are class 0 without 0.00; responses are classes 2, 4 and 5 (RFC 7252 section 5.2). */
export function codeIsRequest(code: number): boolean {
  return code > 0 && code < 32;
}

export function codeIsResponse(code: number): boolean {
  const group = code >> 5;
  return group === 2 || group === 4 || group === 5;
}

export function codeIsSuccess(code: number): boolean {
  return code >> 5 === 2;
}
