/**
 * Whether a source withholds a release (docs/DESIGN.md section 28). A source that nobody vouches for can go on offering
 * what was the latest once; a statement that the publisher signs says what is. It opens nothing: what is installed is
 * decided by the manifest and the policy alone.
 *
 * Opened beside the agent by whoever wants it, and called from no other file of it: a board without pays nothing.
 */
import type { Clock, Crypto, Watchdog } from '../hal/ports.ts';
import { bytesCopy, bytesEqual } from './bytes.ts';
import { Ok } from './codes.ts';
import * as Err from './err.ts';
import type { Anchor } from './format/cose.ts';
import { DIGEST_LENGTH, ID_LENGTH } from './format/labels.ts';
import type { HssLms } from './format/lms.ts';
import type { Sign1 } from './format/sign1.ts';
import { sign1Authenticate, sign1New, sign1Read } from './format/sign1.ts';
import { NONCE_MAX, NONCE_MIN, STATEMENT_MAX, statementNew, statementRead } from './format/statement.ts';
import type { Statement } from './format/statement.ts';

/** How far the clock of who signs may be ahead of the device's, in seconds. */
const AHEAD = 86400;

/** The newest statement that was taken. */
export interface Seen {
  sequence: number;
  /** Seconds since 1970. */
  issued: number;
}

/** What survives a reset: hal/identity/ledger.ts is one. A call that returns a number returns 0, or a code. */
export interface StatementMemory {
  seen(into: Seen): void;
  keep(sequence: number, issued: number): number;
}

export interface FreezePorts {
  readonly crypto: Crypto;
  /** Without it an old statement is told from the newest one only until the next reset. */
  readonly memory?: StatementMemory | undefined;
  readonly clock?: Clock | undefined;
  readonly watchdog?: Watchdog | undefined;
}

export interface FreezeConfig {
  /** As in agent/config.ts. */
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly anchors: readonly Anchor[];
  readonly hssLms?: HssLms | undefined;
}

/** Functions of one object: to be called as its methods, not apart from it. */
export interface Freeze {
  /** The next statement must answer `nonce`, fresh random bytes, 8 to 32 of them. 0, or BadArgument. */
  ask(nonce: Uint8Array): number;
  /**
   * Judges a source by the statement in bytes from..to-1 and by the newest release that is known of it: `sequence` and
   * manifest digest of what it offers, or of what runs where that is no older (of an offer only once its signature held).
   *
   * 0: the statement is fresh, and nothing is withheld. SourceWithholds: it names a release that is not offered, and this
   * needs no clock. StatementExpired, StatementNotJudged: nothing is withheld that the statement knows of, but it is too
   * old, or nobody can tell. BadArgument: what is known is no release. Any other code: it is no statement for this device
   * (Statement, Cbor, SequenceRange, Signature, AlgorithmUnknown, SignatureWrong, AnchorScope, WrongVendor, WrongClass,
   * StatementNonce, StatementOld), or was not kept (LedgerFailed, PortFailed).
   */
  judge(bytes: Uint8Array, from: number, to: number, sequence: number, digest: Uint8Array): number;
}

interface FreezeState extends Freeze {
  readonly sign1: Sign1;
  readonly statement: Statement;
  readonly config: FreezeConfig;
  readonly memory: StatementMemory | undefined;
  readonly clock: Clock | undefined;
  readonly seen: Seen;
  readonly nonce: Uint8Array;
  /** 0: none was asked. */
  nonceLength: number;
}

function ask(this: FreezeState, nonce: Uint8Array): number {
  if (!(nonce.length >= NONCE_MIN && nonce.length <= NONCE_MAX)) return Err.BadArgument;
  bytesCopy(nonce, 0, this.nonce, 0, nonce.length);
  this.nonceLength = nonce.length;
  return Ok;
}

/** Of a clock that may be held against a date: seconds since 1970; else -1. */
function trustedNow(clock: Clock | undefined): number {
  if (clock === undefined || !clock.trusted()) return -1;
  const now = clock.now();
  return now >= 0 ? now : -1;
}

/** Signed, by an anchor with the scope, for this device: 0, or a code. */
function authentic(freeze: FreezeState, bytes: Uint8Array, from: number, to: number): number {
  const sign1 = freeze.sign1;
  const vendor = freeze.config.vendor;
  const classId = freeze.config.classId;
  if (!(from >= 0 && to - from <= STATEMENT_MAX && to <= bytes.length)) return Err.Statement;
  let code = sign1Read(sign1, bytes, from, to, Err.Statement);
  // Before anything in it is used.
  if (code === Ok) code = sign1Authenticate(sign1, bytes, vendor, classId);
  if (code === Ok) code = statementRead(freeze.statement, bytes, sign1.from, sign1.to);
  if (code < 0) return code;
  if (!bytesEqual(bytes, freeze.statement.vendorFrom, vendor, 0, ID_LENGTH)) return Err.WrongVendor;
  return bytesEqual(bytes, freeze.statement.classFrom, classId, 0, ID_LENGTH) ? Ok : Err.WrongClass;
}

/** Whether it answers the nonce that was asked. */
function answers(freeze: FreezeState, bytes: Uint8Array): boolean {
  const length = freeze.nonceLength;
  const statement = freeze.statement;
  return (
    length > 0 &&
    statement.nonceLength === length &&
    bytesEqual(bytes, statement.nonceFrom, freeze.nonce, 0, length)
  );
}

function older(freeze: FreezeState, answered: boolean): boolean {
  const statement = freeze.statement;
  const seen = freeze.seen;
  if (statement.sequence !== seen.sequence) return statement.sequence < seen.sequence;
  // Two that sign need not have one clock: an answer is fresh whatever it says of the time.
  return !answered && statement.issued < seen.issued;
}

function keep(freeze: FreezeState): number {
  const statement = freeze.statement;
  const seen = freeze.seen;
  if (statement.sequence === seen.sequence && statement.issued <= seen.issued) return Ok;
  if (freeze.memory) {
    const code = freeze.memory.keep(statement.sequence, statement.issued);
    if (code < 0) return code;
  }
  seen.sequence = statement.sequence;
  seen.issued = statement.issued;
  return Ok;
}

function judged(freeze: FreezeState, bytes: Uint8Array, sequence: number, digest: Uint8Array): number {
  const statement = freeze.statement;
  const asked = freeze.nonceLength > 0;
  const answered = answers(freeze, bytes);
  if (!answered && (asked || statement.expires < 0)) return Err.StatementNonce;
  if (older(freeze, answered)) return Err.StatementOld;
  const now = trustedNow(freeze.clock);
  // Of a time to come nothing is kept: with a wrong clock who signs would shut out all that comes later.
  if (now >= 0 && statement.issued > now + AHEAD) return Err.StatementNotJudged;
  const code = keep(freeze);
  if (code < 0) return code;
  if (answered) freeze.nonceLength = 0;
  if (statement.sequence > sequence) return Err.SourceWithholds;
  const same = bytesEqual(bytes, statement.digestFrom, digest, 0, DIGEST_LENGTH);
  if (statement.sequence === sequence && !same) return Err.SourceWithholds;
  if (answered) return Ok;
  if (now < 0) return Err.StatementNotJudged;
  return now > statement.expires ? Err.StatementExpired : Ok;
}

function judge(
  this: FreezeState,
  bytes: Uint8Array,
  from: number,
  to: number,
  sequence: number,
  digest: Uint8Array,
): number {
  if (!(sequence >= 0 && digest.length === DIGEST_LENGTH)) return Err.BadArgument;
  try {
    const code = authentic(this, bytes, from, to);
    return code < 0 ? code : judged(this, bytes, sequence, digest);
  } catch (_) {
    return Err.PortFailed;
  }
}

/** Reads what was seen before out of the memory. */
export function openFreeze(ports: FreezePorts, config: FreezeConfig): Freeze {
  const freeze: FreezeState = {
    sign1: sign1New(ports.crypto, config.anchors, ports.watchdog, config.hssLms),
    statement: statementNew(),
    config: config,
    memory: ports.memory,
    clock: ports.clock,
    seen: { sequence: 0, issued: 0 },
    nonce: new Uint8Array(NONCE_MAX),
    nonceLength: 0,
    ask: ask,
    judge: judge,
  };
  if (ports.memory) ports.memory.seen(freeze.seen);
  return freeze;
}
