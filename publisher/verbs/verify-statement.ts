/** What a device would say of its source, given this statement. */
import colors from 'picocolors';
import { anchorRecord } from '../anchors.ts';
import type { Answer } from '../answer.ts';
import { hexOf } from '../bytes.ts';
import { deviceStatement } from '../device.ts';
import { Exit, PublishError } from '../errors.ts';
import { codeText, explain } from '../explain.ts';
import { readBytes } from '../files.ts';
import { envelopeEnd, envelopeRead } from '../read-envelope.ts';
import { statementRead } from '../statement.ts';
import type { StatementView } from '../statement.ts';
import type { DeviceProfile } from '../verify.ts';

export interface StatementQuestion {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly profile: DeviceProfile;
  /** The envelope that the source offers; without one, what the statement names is taken as offered. */
  readonly offered: string | undefined;
  readonly nonce: Uint8Array | undefined;
}

interface Offer {
  readonly sequence: number;
  readonly manifestDigest: Uint8Array;
}

const NOTHING: Offer = { sequence: 0, manifestDigest: new Uint8Array(32) };

const offerOf = (file: string): Offer => {
  const bytes = readBytes(file, '--offered');
  const end = envelopeEnd(bytes);
  const { manifest, digest } = envelopeRead(Number.isNaN(end) ? bytes : bytes.subarray(0, end), file);
  return { sequence: Number(manifest.sequence), manifestDigest: digest };
};

/** What publisher cannot read, the device's code says why it refuses. */
const readable = (bytes: Uint8Array, file: string): StatementView | undefined => {
  try {
    return statementRead(bytes, file);
  } catch (error) {
    if (error instanceof PublishError) return undefined;
    throw error;
  }
};

export const verifyStatement = ({ bytes, file, profile, offered, nonce }: StatementQuestion): Answer => {
  const view = readable(bytes, file);
  const { sequence, manifestDigest } = offered === undefined ? (view ?? NOTHING) : offerOf(offered);
  const code = deviceStatement(bytes, {
    vendor: profile.vendor,
    classId: profile.classId,
    anchors: profile.anchors.map(anchorRecord),
    now: profile.now ?? -1,
    nonce,
    sequence,
    manifestDigest,
  });
  const passed = code >= 0;
  const note = passed ? 'fresh, and nothing newer is withheld' : (explain(code)?.sentence ?? 'refused');
  const row = {
    check: 'statement',
    passed,
    code,
    note,
    stated: view?.sequence ?? null,
    manifestDigest: view ? hexOf(view.manifestDigest) : null,
    offered: sequence,
  };
  return {
    rows: [row],
    text: passed
      ? `${colors.green('pass')}  statement: sequence ${row.stated}, ${note}`
      : `${colors.red('FAIL')}  statement: ${codeText(code)}: ${note}`,
    exit: passed ? Exit.Done : Exit.Refused,
  };
};
