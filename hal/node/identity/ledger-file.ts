/**
 * The ledger of hal/identity/ledger.ts in a file (docs/SPEC.md section 13.3):
 *
 *   0 magic "FXN1" | 4 numbers u53 | 12 sequence u53 | 20 issued u53 | 28 crc32 u32
 *
 * For one process at a time: one that finds the file written by another gives out nothing more.
 */
import { existsSync, readFileSync } from 'node:fs';
import { crc32, readU32, readU53, writeU32, writeU53 } from '../../../agent/bytes.ts';
import * as Err from '../../../agent/err.ts';
import type { Ledger } from '../../identity/ledger.ts';
import { IdentityError } from './trouble.ts';
import { writeWholeSecret } from './whole-file.ts';

const MAGIC = 0x314e5846;
const NUMBERS_AT = 4;
const SEQUENCE_AT = NUMBERS_AT + 8;
const ISSUED_AT = SEQUENCE_AT + 8;
const CRC_AT = ISSUED_AT + 8;
const LENGTH = CRC_AT + 4;
/** Numbers that one writing gives leave for. */
const RESERVE = 64;

interface Kept {
  readonly numbers: number;
  readonly sequence: number;
  readonly issued: number;
}

/** A file that is there and does not read is no new one: its numbers would be given out again. */
const read = (file: string): Kept => {
  if (!existsSync(file)) return { numbers: 1, sequence: 0, issued: 0 };
  const bytes = readFileSync(file);
  const whole = bytes.length === LENGTH && readU32(bytes, 0) === MAGIC;
  const kept = {
    numbers: whole ? readU53(bytes, NUMBERS_AT) : -1,
    sequence: whole ? readU53(bytes, SEQUENCE_AT) : -1,
    issued: whole ? readU53(bytes, ISSUED_AT) : -1,
  };
  const good = whole && readU32(bytes, CRC_AT) === crc32(bytes, 0, CRC_AT);
  if (good && kept.numbers >= 1 && kept.sequence >= 0 && kept.issued >= 0) return kept;
  const remedy = 'Bring it back; a new one needs a new key for reports, whose numbers begin anew';
  throw new IdentityError(file, 'not a ledger, or an altered one', remedy);
};

const write = (file: string, { numbers, sequence, issued }: Kept): void => {
  const bytes = new Uint8Array(LENGTH);
  writeU32(bytes, 0, MAGIC);
  writeU53(bytes, NUMBERS_AT, numbers);
  writeU53(bytes, SEQUENCE_AT, sequence);
  writeU53(bytes, ISSUED_AT, issued);
  writeU32(bytes, CRC_AT, crc32(bytes, 0, CRC_AT));
  writeWholeSecret(file, bytes);
};

/** Its numbers begin at `least`, or above. Throws IdentityError where the file is no ledger. What fails later is LedgerFailed. */
export const openLedgerFile = (file: string, least = 1): Ledger => {
  let kept = read(file);
  let number = Math.max(kept.numbers, least);
  let leave = 0;
  const save = (wanted: Kept): number => {
    try {
      const now = read(file);
      if (now.numbers !== kept.numbers || now.sequence !== kept.sequence || now.issued !== kept.issued)
        return Err.LedgerFailed;
      write(file, wanted);
    } catch {
      return Err.LedgerFailed;
    }
    kept = wanted;
    return 0;
  };
  return {
    next() {
      if (!(number < leave)) {
        const numbers = number + RESERVE;
        if (!Number.isSafeInteger(numbers)) return Err.LedgerFailed;
        const code = save({ ...kept, numbers });
        if (code < 0) return code;
        leave = numbers;
      }
      return number++;
    },
    seen(into) {
      into.sequence = kept.sequence;
      into.issued = kept.issued;
    },
    keep(sequence, issued) {
      if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(issued) || sequence < 0 || issued < 0)
        return Err.BadArgument;
      return save({ ...kept, sequence, issued });
    },
  };
};
