/** The tables of docs/OPERATIONS.md that the code knows better: what a report says, and what a state is told as. */
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { isRefusing, weigh, Weight } from '../../gateway/inventory/weight.ts';
import { eventWords } from '../../gateway/status/words.ts';
import { explain } from '../../publisher/explain.ts';

/** A trial ended so. */
const REVERTS: readonly number[] = [
  Err.CheckFailed,
  Err.WindowOver,
  Err.AttemptsSpent,
  Err.BootsSpent,
  Err.NoNetwork,
  Err.Rejected,
  Err.ManualRevert,
];

/** A session failed so, or, for the last ones, the gateway's own fetching. */
const SESSIONS: readonly number[] = [
  Err.SignatureWrong,
  Err.TooFewSignatures,
  Err.AnchorScope,
  Err.WrongVendor,
  Err.WrongClass,
  Err.SequenceOld,
  Err.SequenceJump,
  Err.BelowFloor,
  Err.ImageTooLarge,
  Err.Expired,
  Err.Refused,
  Err.Reverted,
  Err.PlainImage,
  Err.WindowTooLarge,
  Err.BlockDigest,
  Err.ImageDigest,
  Err.WrongBase,
  Err.NoRecipient,
  Err.FlashReadBack,
  Err.JournalFailed,
  Err.EnergyLow,
  Err.Deferred,
  Err.ConsentMissing,
  Err.InTrial,
  Err.BackingOff,
  Err.OutsideWindow,
  Err.UpdatesOff,
  Err.OwnerAwaited,
  Err.Vetoed,
  Err.CoapTimeout,
  Err.ProtectionTag,
  Err.OriginRefused,
  Err.SourceLost,
  Err.SourceBusy,
  Err.SourceRefused,
  Err.SourceMalformed,
  Err.SourceUntrusted,
];

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const codeRow = (code: number, work: string): string => {
  const { name, sentence, advice } = explain(code)!;
  return row(`${code} \`${name}\``, sentence, work, advice);
};

export const codeTable = (): string =>
  [
    row('code', 'means', 'the work', 'do'),
    '|---|---|---|---|',
    ...REVERTS.map((code) =>
      codeRow(
        code,
        isRefusing(code) ? 'went back, *counts*; it refuses that manifest' : 'went back, *counts*',
      ),
    ),
    ...SESSIONS.map((code) => codeRow(code, weigh(code) === Weight.Fault ? '*counts*' : '*stays*')),
  ].join('\n');

export const eventTable = (): string =>
  Object.values(Event)
    .map((event) => eventWords(event))
    .map(({ event, name, sentence }) => row(`${event} \`${name}\``, sentence))
    .join('\n');
