/** What a manifest fetches: the parameters in force at that moment, held against each other. docs/SPEC.md section 1.1. */
import { bytesCopy, bytesEqual } from '../bytes.ts';
import * as Err from '../err.ts';
import { DEFAULT_WINDOW, WINDOW_MAX, WINDOW_MIN } from './index.ts';
import {
  DIGEST_LENGTH,
  HASH_SIGN,
  DIGEST,
  SIZE,
  URI,
  PRIORITY,
  FORMAT,
  ROOT,
  PAYLOAD_SIZE,
  SECURITY,
  MINIMUM,
  WINDOW,
  URI_END,
  IMAGE_MAX,
  U32_MAX,
  FIRST_PIECE,
  ENCRYPTION,
  ENCRYPTION_END,
  ENCRYPTED_PIECE,
  ENCRYPTED_PIECE_MAX,
  ENCRYPTED_PIECE_MIN,
  FORMAT_FRAMED,
  FORMAT_PATCH,
} from './labels.ts';
import type { Run } from './sequence.ts';

/** Finds the integrated payload that the URI names. Returns 0 or a code. */
function integrated(run: Run): number {
  const into = run.into;
  const bytes = run.cursor.bytes;
  const payloads = run.envelope.payloads;
  const length = into.uriTo - into.uriFrom;
  for (let i = 0; i < payloads.length; i += 4) {
    const at = payloads[i]!;
    if (payloads[i + 1]! - at !== length || !bytesEqual(bytes, at, bytes, into.uriFrom, length)) continue;
    into.integratedFrom = payloads[i + 2]!;
    into.integratedTo = payloads[i + 3]!;
    const over = into.integratedTo - into.integratedFrom - into.payloadSize;
    return over === 0 ? 0 : over < 0 ? Err.PayloadTooShort : Err.PayloadTooLong;
  }
  return Err.NothingToInstall;
}

/** Notes what is installed: the parameters in force now. Returns 0 or a code. */
export function fetch(run: Run): number {
  const into = run.into;
  const values = run.values;
  const bytes = run.cursor.bytes;
  const size = values[SIZE]!;
  const format = values[FORMAT]! < 0 ? 0 : values[FORMAT]!;
  const framed = format !== 0;
  const root = values[ROOT]!;
  const payload = values[PAYLOAD_SIZE]!;
  const window = values[WINDOW]! < 0 ? DEFAULT_WINDOW : values[WINDOW]!;
  const security = values[SECURITY]! < 0 ? 0 : values[SECURITY]!;
  if (run.fetched) return Err.Command;
  if (!run.vendor || !run.classId) return Err.CheckMissing;
  if (size < 0 || values[DIGEST]! < 0 || !(values[URI_END]! > values[URI]!)) return Err.NothingToInstall;
  if (!(format <= FORMAT_PATCH && values[FORMAT] !== 0)) return Err.Format;
  const first = values[FIRST_PIECE]!;
  if (format === FORMAT_PATCH && !run.based) return Err.CheckMissing;
  if (format === FORMAT_PATCH ? !(first >= 1 && first <= payload) : first >= 0) return Err.Parameter;
  // A framed payload needs both; with a plain one they would say what nobody checks.
  if (framed ? root < 0 || !(payload >= 1 && payload <= U32_MAX) : root >= 0 || payload >= 0)
    return Err.Parameter;
  if (format === FORMAT_FRAMED ? !(window >= WINDOW_MIN && window <= WINDOW_MAX) : values[WINDOW]! >= 0)
    return Err.Parameter;
  if (!(size >= 1 && size <= IMAGE_MAX && security <= U32_MAX && values[MINIMUM]! <= security))
    return Err.Parameter;
  bytesCopy(bytes, values[DIGEST]!, into.imageDigest, 0, DIGEST_LENGTH);
  if (framed) bytesCopy(bytes, root, into.indexRoot, 0, DIGEST_LENGTH);
  into.format = format;
  into.firstPiece = format === FORMAT_PATCH ? first : 0;
  into.baseless = format === FORMAT_PATCH && run.baseless;
  into.imageSize = size;
  into.payloadSize = framed ? payload : size;
  into.window = format === FORMAT_FRAMED ? window : 0;
  into.securityVersion = security;
  into.minimumSecurityVersion = values[MINIMUM]!;
  into.priority = values[PRIORITY]!;
  into.uriFrom = values[URI]!;
  into.uriTo = values[URI_END]!;
  run.fetched = true;
  const code = encryption(run);
  if (code < 0) return code;
  return bytes[into.uriFrom] === HASH_SIGN ? integrated(run) : 0;
}

/** Notes how the payload is encrypted, if it is. Returns 0 or a code. */
function encryption(run: Run): number {
  const into = run.into;
  const values = run.values;
  const piece = values[ENCRYPTED_PIECE]!;
  if (values[ENCRYPTION]! < 0 && piece < 0) return 0;
  const integrated = run.cursor.bytes[into.uriFrom] === HASH_SIGN;
  if (values[ENCRYPTION]! < 0 || integrated) return Err.Parameter;
  if (!(piece >= ENCRYPTED_PIECE_MIN && piece <= ENCRYPTED_PIECE_MAX)) return Err.Parameter;
  into.encryptedPiece = piece;
  into.encryptionFrom = values[ENCRYPTION]!;
  into.encryptionTo = values[ENCRYPTION_END]!;
  return 0;
}
