/** A package that is pulled: the URI a server wrote, and the driver that fetches it. */
import { bytesCopy } from '../../../agent/bytes.ts';
import { Ok } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import type { Kept } from './keep.ts';
import { Happening, machineMay, Result } from './machine.ts';
import { firmwareDone, firmwareDrop, firmwareFail, firmwareLater, firmwareStep } from './object.ts';
import type { Firmware } from './object.ts';
import { resultOf } from './result.ts';

/** Protocols of resource 8. */
export const Protocol = { Coap: 0, Coaps: 1, Http: 2, Https: 3 } as const;
const SCHEMES: readonly (readonly [string, number])[] = [
  ['coap', Protocol.Coap],
  ['coaps', Protocol.Coaps],
  ['http', Protocol.Http],
  ['https', Protocol.Https],
];

/** The URI of a scheme that the board fetches by: 0, or the result that says why not. */
function schemeResult(firmware: Firmware, uri: string): number {
  const colon = uri.indexOf('://');
  if (!(colon > 0 && colon + 3 < uri.length)) return Result.InvalidUri;
  const scheme = uri.substring(0, colon).toLowerCase();
  const fetch = firmware.options.fetch;
  for (const row of SCHEMES) {
    if (row[0] === scheme && fetch && fetch.protocols.indexOf(row[1]) >= 0) return 0;
  }
  return Result.Protocol;
}

/** The URI as text; '' where it has a byte that no URI has. */
function uriText(kept: Kept): string {
  let text = '';
  for (let i = 0; i < kept.uriLength; i += 1) {
    const byte = kept.uri[i]!;
    if (!(byte > 0x20 && byte < 0x7f)) return '';
    text += String.fromCharCode(byte);
  }
  return text;
}

/** A server wrote a URI. False: not in this state. */
export function firmwareUri(
  firmware: Firmware,
  bytes: Uint8Array,
  from: number,
  to: number,
  now: number,
): boolean {
  if (!machineMay(firmware.machine, to > from ? Happening.Begin : Happening.Reset)) return false;
  if (to === from) {
    firmwareDrop(firmware);
    return firmwareStep(firmware, Happening.Reset, 0);
  }
  const kept = firmware.kept;
  bytesCopy(bytes, from, kept.uri, 0, to - from);
  kept.uriLength = to - from;
  const wrong = schemeResult(firmware, uriText(kept));
  if (wrong !== 0) {
    kept.uriLength = 0;
    return firmwareStep(firmware, Happening.Fail, wrong);
  }
  firmwareStep(firmware, Happening.Begin, 0);
  // Not before the answer has gone out: the server is to see the state go by.
  firmware.fetchAt = now;
  return true;
}

/** The driver is at its end with the URI it was given: Ok, staged; or a code. */
export function firmwareFetched(firmware: Firmware, code: number, now: number): void {
  if (!firmware.fetching) return;
  firmware.fetching = false;
  if (code >= Ok) firmwareDone(firmware);
  else if (resultOf(code) === Result.Deferred) firmware.fetchAt = firmwareLater(firmware, now);
  else {
    firmware.kept.uriLength = 0;
    firmwareFail(firmware, code);
  }
}

export function fetchBegin(firmware: Firmware, now: number): void {
  firmware.fetchAt = 0;
  firmware.fetching = true;
  const fetch = firmware.options.fetch;
  const code = fetch ? fetch.begin(uriText(firmware.kept)) : Err.BadState;
  if (code < Ok) firmwareFetched(firmware, code, now);
}
