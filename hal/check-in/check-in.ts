/**
 * What a device says when it checks in with a gateway, as it is sent: docs/SPEC.md section 14.1.
 *
 *   { 0: version, 1: report, 2: battery, 3: profile, 4: [ key ids ], 5: sleeps, 6: staged }
 *
 * The report proves itself; all else is said and not proven.
 */
import * as Err from '../../agent/err.ts';
import {
  bodyWriterNew,
  writeArray,
  writeBytes,
  writeMap,
  writeNumber,
  writeText,
} from '../serial/message/writer.ts';
import type { BodyWriter } from '../serial/message/writer.ts';
import {
  ANCHORS,
  ANCHORS_MAX,
  BATTERY,
  BATTERY_MAX,
  CHECK_IN_VERSION,
  DIGEST_LENGTH,
  KEY_ID_MAX,
  PROFILE,
  PROFILE_MAX,
  REPORT,
  REPORT_MOST,
  SLEEPS,
  SLEEPS_MAX,
  STAGED,
  VERSION,
} from './numbers.ts';

export interface CheckInFacts {
  /** As hal/identity wrote it; undefined: the device has no identity, and proves nothing. */
  readonly report?: Uint8Array | undefined;
  /** Percent. */
  readonly battery?: number | undefined;
  /** Of its link, as hal/links names it: printable ASCII. */
  readonly profile?: string | undefined;
  /** Key ids of its trust anchors. */
  readonly anchors?: readonly Uint8Array[] | undefined;
  /** Seconds to its next check-in by its own calendar. */
  readonly sleeps?: number | undefined;
  /** Manifest digest of the update that lies proven in the inactive slot. */
  readonly staged?: Uint8Array | undefined;
}

const whole = (value: number, most: number): boolean => value >= 0 && value <= most && value % 1 === 0;

const printable = (text: string): boolean => {
  if (!(text.length >= 1 && text.length <= PROFILE_MAX)) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= 0x20 && code < 0x7f)) return false;
  }
  return true;
};

const anchorsRight = (anchors: readonly Uint8Array[]): boolean => {
  if (!(anchors.length <= ANCHORS_MAX)) return false;
  for (const one of anchors) if (!(one.length >= 1 && one.length <= KEY_ID_MAX)) return false;
  return true;
};

const factsRight = (facts: CheckInFacts): boolean =>
  (facts.report === undefined || (facts.report.length >= 1 && facts.report.length <= REPORT_MOST)) &&
  (facts.battery === undefined || whole(facts.battery, BATTERY_MAX)) &&
  (facts.profile === undefined || printable(facts.profile)) &&
  (facts.anchors === undefined || anchorsRight(facts.anchors)) &&
  (facts.sleeps === undefined || whole(facts.sleeps, SLEEPS_MAX)) &&
  (facts.staged === undefined || facts.staged.length === DIGEST_LENGTH);

const given = (value: unknown): number => (value === undefined ? 0 : 1);

const bytesWrite = (writer: BodyWriter, key: number, bytes: Uint8Array | undefined): void => {
  if (bytes === undefined) return;
  writeNumber(writer, key);
  writeBytes(writer, bytes, 0, bytes.length);
};

const numberWrite = (writer: BodyWriter, key: number, value: number | undefined): void => {
  if (value === undefined) return;
  writeNumber(writer, key);
  writeNumber(writer, value);
};

/** Writes a check-in to the start of `into`, `CHECK_IN_MAX` bytes of room. Its length, or BadArgument. */
export function checkInWrite(into: Uint8Array, facts: CheckInFacts): number {
  if (!factsRight(facts)) return Err.BadArgument;
  const writer = bodyWriterNew(into, into.length);
  const anchors = facts.anchors;
  writeMap(
    writer,
    1 +
      given(facts.report) +
      given(facts.battery) +
      given(facts.profile) +
      given(anchors) +
      given(facts.sleeps) +
      given(facts.staged),
  );
  numberWrite(writer, VERSION, CHECK_IN_VERSION);
  bytesWrite(writer, REPORT, facts.report);
  numberWrite(writer, BATTERY, facts.battery);
  if (facts.profile !== undefined) {
    writeNumber(writer, PROFILE);
    writeText(writer, facts.profile);
  }
  if (anchors !== undefined) {
    writeNumber(writer, ANCHORS);
    writeArray(writer, anchors.length);
    for (const one of anchors) writeBytes(writer, one, 0, one.length);
  }
  numberWrite(writer, SLEEPS, facts.sleeps);
  bytesWrite(writer, STAGED, facts.staged);
  return writer.overflow ? Err.BadArgument : writer.at;
}
