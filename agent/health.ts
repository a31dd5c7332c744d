/**
 * The trial, from the running image's side: named checks with deadlines inside a window. All that must pass have
 * passed: confirm. One fails, or the window is over: the trial ends.
 *
 * Without a clock there are no deadlines; the boot decision counts boots instead.
 */
import type { Environment } from '../hal/ports.ts';
import { Check, Idle, More, Ok } from './codes.ts';
import * as Err from './err.ts';
import { CHECK_NAME, CHECK_NAME_AT } from './format/layout.ts';

const CHECKS_MAX = 16;
/** Seconds below this (2001-09-09) are counted from a start of the board, above it from 1970. */
const CALENDAR = 1000000000;

interface HealthCheck {
  readonly name: string;
  readonly kind: number;
  /** Seconds after the start of this boot; 0: that of the window. */
  readonly deadline: number;
  /** > 0 passed, 0 not yet, < 0 failed. */
  readonly run: () => number;
  done: boolean;
}

/** The clock of a trial, and how far it has come. */
export interface Watch {
  readonly environment: Environment;
  /** Clock at open, and when the window ends. */
  since: number;
  windowEnd: number;
  /** Clock at the last look, and whether it was trusted. */
  last: number;
  trusted: boolean;
  next: number;
  /** The check that decided, for the report; -1: none. */
  decided: number;
}

/** A part of what the agent keeps. */
export interface Health {
  readonly checks: HealthCheck[];
  /** Of a trial, or undefined. */
  watch?: Watch;
}

export function watchOpen(environment: Environment, trialSince: number, window: number): Watch {
  const clock = environment.clock;
  const now = clock ? clock.now() : 0;
  const trusted = !!clock && clock.trusted();
  // The start of the trial is known by a trusted clock only; else the window is that of this boot.
  const start = trusted && trialSince > 0 && trialSince <= now ? trialSince : now;
  return {
    environment: environment,
    since: now,
    windowEnd: start + window,
    last: now,
    trusted: trusted,
    next: 0,
    decided: -1,
  };
}

export function healthAdd(
  health: Health,
  name: string,
  kind: number,
  deadline: number,
  run: () => number,
): number {
  const known = kind === Check.Required || kind === Check.Advisory || kind === Check.Network;
  if (typeof name !== 'string' || typeof run !== 'function') return Err.BadArgument;
  if (!known || !(deadline >= 0) || !(health.checks.length < CHECKS_MAX)) return Err.BadArgument;
  health.checks.push({ name: name, kind: kind, deadline: deadline, run: run, done: false });
  return Ok;
}

/** Whether all that must pass have passed. */
export function healthPassed(health: Health): boolean {
  for (const check of health.checks) if (check.kind !== Check.Advisory && !check.done) return false;
  return true;
}

/**
 * Runs at most one check. More: all that must pass have passed, of at least one. Idle: not yet. Else the code that ends
 * the trial.
 */
export function healthPoll(health: Health, watch: Watch): number {
  const now = watchNow(watch);
  let musts = 0;
  for (const check of health.checks) if (check.kind !== Check.Advisory) musts++;
  const code = healthRun(health, watch, now);
  if (code < 0) return code;
  if (musts > 0 && healthPassed(health)) return More;
  return watch.environment.clock && now >= watch.windowEnd ? windowOver(health, watch) : Idle;
}

/** The clock now. When it was set since the last look, what counts by it moves along: nobody was late. */
function watchNow(watch: Watch): number {
  const clock = watch.environment.clock;
  if (!clock) return 0;
  const now = clock.now();
  const trusted = clock.trusted();
  const leapt = now < watch.last || (watch.last < CALENDAR && now >= CALENDAR);
  if (leapt || trusted !== watch.trusted) {
    watch.since += now - watch.last;
    watch.windowEnd += now - watch.last;
    watch.trusted = trusted;
  }
  watch.last = now;
  return now;
}

function healthRun(health: Health, watch: Watch, now: number): number {
  const count = health.checks.length;
  for (let tried = 0; tried < count; tried++) {
    const index = watch.next;
    watch.next = (watch.next + 1) % count;
    const check = health.checks[index]!;
    if (check.done) continue;
    const result = run(check);
    if (result > 0) {
      check.done = true;
      return Ok;
    }
    const late = watch.environment.clock && check.deadline > 0 && now - watch.since >= check.deadline;
    if (result === 0 && !late) return Ok;
    return fails(watch, check, index);
  }
  return Ok;
}

/** A check that throws has failed. */
function run(check: HealthCheck): number {
  try {
    return check.run();
  } catch (_) {
    return -1;
  }
}

function fails(watch: Watch, check: HealthCheck, index: number): number {
  if (check.kind === Check.Advisory) {
    check.done = true;
    if (watch.environment.log) watch.environment.log(Err.CheckFailed, index);
    return Ok;
  }
  watch.decided = index;
  return check.kind === Check.Network ? Err.NoNetwork : Err.CheckFailed;
}

/** The window is over: for want of network only, or of something else. */
function windowOver(health: Health, watch: Watch): number {
  let code: number = Err.WindowOver;
  for (let i = 0; i < health.checks.length; i++) {
    const check = health.checks[i]!;
    if (check.done || check.kind === Check.Advisory) continue;
    watch.decided = i;
    if (check.kind === Check.Required) return Err.WindowOver;
    code = Err.NoNetwork;
  }
  return code;
}

/** The name of the check that decided, into its place among the bytes of the boot state. */
export function healthName(health: Health, into: Uint8Array): void {
  into.fill(0, CHECK_NAME_AT, CHECK_NAME_AT + CHECK_NAME);
  const watch = health.watch;
  if (!watch || watch.decided < 0) return;
  const name = health.checks[watch.decided]!.name;
  for (let i = 0; i < name.length && i < CHECK_NAME; i++) into[CHECK_NAME_AT + i] = name.charCodeAt(i) & 0x7f;
}
