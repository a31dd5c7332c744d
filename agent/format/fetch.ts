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
import { parameterNumber, valueOf } from './parameter.ts';
import type { Run } from './sequence.ts';

/** Finds the integrated payload that the URI names, if it names one. Returns 0 or a code. */
function integrated(run: Run): number {
  const into = run.into;
  const bytes = run.cursor.bytes;
  const payloads = run.envelope.payloads;
  const length = into.uriTo - into.uriFrom;
  if (bytes[into.uriFrom] !== HASH_SIGN) return 0;
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
function image(run: Run): number {
  const into = run.into;
  const bytes = run.cursor.bytes;
  const size = parameterNumber(run, SIZE, -1);
  const format = parameterNumber(run, FORMAT, 0);
  const framed = format !== 0;
  const root = valueOf(run, ROOT);
  const payload = parameterNumber(run, PAYLOAD_SIZE, -1);
  const window = parameterNumber(run, WINDOW, DEFAULT_WINDOW);
  const security = parameterNumber(run, SECURITY, 0);
  const minimum = parameterNumber(run, MINIMUM, -1);
  const digest = valueOf(run, DIGEST);
  const uri = valueOf(run, URI);
  const uriEnd = valueOf(run, URI_END);
  if (run.fetched) return Err.Command;
  if (!run.vendor || !run.classId) return Err.CheckMissing;
  if (size < 0 || digest < 0 || !(uriEnd > uri)) return Err.NothingToInstall;
  if (!(format <= FORMAT_PATCH && parameterNumber(run, FORMAT, -1) !== 0)) return Err.Format;
  const first = parameterNumber(run, FIRST_PIECE, -1);
  if (format === FORMAT_PATCH && !run.based) return Err.CheckMissing;
  if (format === FORMAT_PATCH ? !(first >= 1 && first <= payload) : first >= 0) return Err.Parameter;
  // A framed payload needs both; with a plain one they would say what nobody checks.
  if (framed ? root < 0 || !(payload >= 1 && payload <= U32_MAX) : root >= 0 || payload >= 0)
    return Err.Parameter;
  if (format === FORMAT_FRAMED ? !(window >= WINDOW_MIN && window <= WINDOW_MAX) : valueOf(run, WINDOW) >= 0)
    return Err.Parameter;
  if (!(size >= 1 && size <= IMAGE_MAX && security <= U32_MAX && minimum <= security)) return Err.Parameter;
  bytesCopy(bytes, digest, into.imageDigest, 0, DIGEST_LENGTH);
  if (framed) bytesCopy(bytes, root, into.indexRoot, 0, DIGEST_LENGTH);
  into.format = format;
  into.firstPiece = format === FORMAT_PATCH ? first : 0;
  into.baseless = format === FORMAT_PATCH && run.baseless;
  into.imageSize = size;
  into.payloadSize = framed ? payload : size;
  into.window = format === FORMAT_FRAMED ? window : 0;
  into.securityVersion = security;
  into.minimumSecurityVersion = minimum;
  into.priority = parameterNumber(run, PRIORITY, -1);
  into.uriFrom = uri;
  into.uriTo = uriEnd;
  run.fetched = true;
  return 0;
}

/** Notes how the payload is encrypted, if it is. Returns 0 or a code. */
function encryption(run: Run): number {
  const into = run.into;
  const piece = parameterNumber(run, ENCRYPTED_PIECE, -1);
  const from = valueOf(run, ENCRYPTION);
  if (from < 0 && piece < 0) return 0;
  const integrated = run.cursor.bytes[into.uriFrom] === HASH_SIGN;
  if (from < 0 || integrated) return Err.Parameter;
  if (!(piece >= ENCRYPTED_PIECE_MIN && piece <= ENCRYPTED_PIECE_MAX)) return Err.Parameter;
  into.encryptedPiece = piece;
  into.encryptionFrom = from;
  into.encryptionTo = valueOf(run, ENCRYPTION_END);
  return 0;
}

/** The directive. One step after another from here: below it lie the deepest calls of a boot. Returns 0 or a code. */
export function fetch(run: Run): number {
  let code = image(run);
  if (code === 0) code = encryption(run);
  return code === 0 ? integrated(run) : code;
}
