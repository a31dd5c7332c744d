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

/** Holds the parameters in force against each other. Returns 0 or a code. */
function imageRight(run: Run): number {
  const size = parameterNumber(run, SIZE, -1);
  const format = parameterNumber(run, FORMAT, 0);
  const payload = parameterNumber(run, PAYLOAD_SIZE, -1);
  const first = parameterNumber(run, FIRST_PIECE, -1);
  const security = parameterNumber(run, SECURITY, 0);
  if (run.fetched) return Err.Command;
  if (!run.vendor || !run.classId) return Err.CheckMissing;
  if (size < 0 || valueOf(run, DIGEST) < 0 || !(valueOf(run, URI_END) > valueOf(run, URI)))
    return Err.NothingToInstall;
  if (!(format <= FORMAT_PATCH && parameterNumber(run, FORMAT, -1) !== 0)) return Err.Format;
  if (format === FORMAT_PATCH && !run.based) return Err.CheckMissing;
  if (format === FORMAT_PATCH ? !(first >= 1 && first <= payload) : first >= 0) return Err.Parameter;
  // A framed payload needs both; with a plain one they would say what nobody checks.
  if (
    format !== 0
      ? valueOf(run, ROOT) < 0 || !(payload >= 1 && payload <= U32_MAX)
      : valueOf(run, ROOT) >= 0 || payload >= 0
  )
    return Err.Parameter;
  if (!(size >= 1 && size <= IMAGE_MAX && security <= U32_MAX)) return Err.Parameter;
  return parameterNumber(run, MINIMUM, -1) <= security ? 0 : Err.Parameter;
}

/** How far frames reach back: said of a framed payload alone. */
function windowRight(run: Run): boolean {
  if (parameterNumber(run, FORMAT, 0) !== FORMAT_FRAMED) return valueOf(run, WINDOW) < 0;
  const window = parameterNumber(run, WINDOW, DEFAULT_WINDOW);
  return window >= WINDOW_MIN && window <= WINDOW_MAX;
}

/** Notes what is installed: the parameters in force now. */
function imageNote(run: Run): void {
  const into = run.into;
  const bytes = run.cursor.bytes;
  const format = parameterNumber(run, FORMAT, 0);
  bytesCopy(bytes, valueOf(run, DIGEST), into.imageDigest, 0, DIGEST_LENGTH);
  if (format !== 0) bytesCopy(bytes, valueOf(run, ROOT), into.indexRoot, 0, DIGEST_LENGTH);
  into.format = format;
  into.firstPiece = format === FORMAT_PATCH ? parameterNumber(run, FIRST_PIECE, 0) : 0;
  into.baseless = format === FORMAT_PATCH && run.baseless;
  into.imageSize = parameterNumber(run, SIZE, 0);
  into.payloadSize = format !== 0 ? parameterNumber(run, PAYLOAD_SIZE, 0) : into.imageSize;
  into.window = format === FORMAT_FRAMED ? parameterNumber(run, WINDOW, DEFAULT_WINDOW) : 0;
  into.securityVersion = parameterNumber(run, SECURITY, 0);
  into.minimumSecurityVersion = parameterNumber(run, MINIMUM, -1);
  into.priority = parameterNumber(run, PRIORITY, -1);
  into.uriFrom = valueOf(run, URI);
  into.uriTo = valueOf(run, URI_END);
  run.fetched = true;
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
  let code = imageRight(run);
  if (code < 0) return code;
  if (!windowRight(run)) return Err.Parameter;
  imageNote(run);
  code = encryption(run);
  return code === 0 ? integrated(run) : code;
}
