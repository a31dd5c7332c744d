/**
 * One wake of a device behind a gateway: it checks in, fetches what it is told to, says what came of it, and activates.
 * Over CoAP, in the open, under OSCORE or through a secure channel; over HTTP or TLS. docs/SPEC.md section 14.
 */
import { Ok, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Freeze } from '../../agent/freeze.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import type { Report, Status } from '../../agent/report.ts';
import { checkInWrite } from '../check-in/check-in.ts';
import type { CheckInFacts } from '../check-in/check-in.ts';
import { Act, actOf, timeTake, WAKE_BOUNDS, wakeAfter, wakeRetry } from '../check-in/decide.ts';
import type { TimeTaker, WakeBounds } from '../check-in/decide.ts';
import { CHECK_IN_MAX } from '../check-in/numbers.ts';
import { ordersNew, ordersRead } from '../check-in/orders.ts';
import type { OrdersRead } from '../check-in/orders.ts';
import { uriText } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import type { Reporter } from '../identity/report.ts';
import { checkInLink } from './check-in-link.ts';
import type { CheckInLink, CheckInLinkOptions } from './check-in-link.ts';
import { monotonic } from './udp.ts';

/** As much of the agent as this driver holds. */
export interface CheckInAgent {
  offerBegin(whole?: boolean): number;
  push(bytes: Uint8Array, from: number, to: number): number;
  poll(): number;
  wanted(range: { offset: number; length: number }): number;
  uri(into: Uint8Array): number;
  activate(): number;
  cancel(): number;
  status(into: Status): number;
  report(into: Report): number;
}

export interface CheckInOptions extends CheckInLinkOptions {
  readonly agent: CheckInAgent;
  /** As the gateway knows it: 1 to 32 characters of A-Z a-z 0-9 . _ -, not dots alone. */
  readonly device: string;
  /** Proves what is said (hal/identity). Without it nothing is, and a gateway that waits for a proof waits for ever. */
  readonly reporter?: Pick<Reporter, 'write'> | undefined;
  /** What it says of itself beside. */
  readonly facts?: Omit<CheckInFacts, 'report' | 'staged'> | undefined;
  /** Is offered the gateway's time: hal/time. Its clock is `seconds`. */
  readonly timekeeper?: TimeTaker | undefined;
  /** The board's own clock, in seconds, as the timekeeper was given it. Default: of this process. */
  readonly seconds?: (() => number) | undefined;
  /** Judges the statement that the gateway passes on, where it has one. */
  readonly freeze?: Pick<Freeze, 'judge'> | undefined;
  readonly bounds?: WakeBounds | undefined;
  /** Kept by the caller from one wake to the next: `checkInMemory()`. */
  readonly memory?: CheckInMemory | undefined;
  /** In [0, 1). Default Math.random. */
  readonly random?: (() => number) | undefined;
}

/** What a wake leaves for the next; nothing depends on it but the cost of a wake. */
export interface CheckInMemory {
  /** Path of the envelope that the session at hand came from. */
  held: string;
  /** Check-ins in a row that were not answered. */
  failures: number;
  /** Verdict over the source (Freeze.judge); undefined: none was asked. */
  source: number | undefined;
  /** The statement that was taken last: it is judged again where none comes. */
  statement: Uint8Array | undefined;
}

export const checkInMemory = (): CheckInMemory => ({
  held: '',
  failures: 0,
  source: undefined,
  statement: undefined,
});

export interface CheckedIn {
  /** `Ok`: there were orders, and what they told came to its end. Else why not, of agent/err.ts. */
  readonly code: number;
  /** Of the gateway, where it refused: of CoAP class << 5 | detail, of HTTP the status; else 0. */
  readonly refusal: number;
  /** The last ones; undefined: the gateway was not heard. */
  readonly orders: OrdersRead | undefined;
  /** Seconds to the next wake. */
  readonly wake: number;
  /** Check-ins that were answered: 2 where something was fetched. */
  readonly exchanges: number;
  /** What came of the fetch; undefined: there was none. */
  readonly fetched: { readonly code: number; readonly bytesSent: number } | undefined;
  /** The mark is written: the update boots at the next reset, which is for the application to do. */
  readonly activated: boolean;
}

/** One wake at work. */
interface Wake {
  readonly options: CheckInOptions;
  readonly link: CheckInLink;
  readonly memory: CheckInMemory;
  readonly status: Status;
  readonly report: Report;
  readonly orders: OrdersRead;
  exchanges: number;
  refusal: number;
  fetched: CheckedIn['fetched'];
  activated: boolean;
}

const STATEMENT_MAX = 4096;
const DEVICE = /^(?!\.+$)[A-Za-z0-9._-]{1,32}$/;

const below = (place: Place, path: string): Place => ({
  ...place,
  path: `${place.path.replace(/[^/]*$/, '')}${path}`,
});

/** Bytes of the check-in, or a code. */
const said = ({ options, memory, status, report }: Wake): Uint8Array | number => {
  const { agent, reporter, facts = {} } = options;
  const told = Math.min(agent.status(status), agent.report(report));
  if (told < 0) return told;
  const room = new Uint8Array(CHECK_IN_MAX);
  const proof = new Uint8Array(CHECK_IN_MAX);
  const length = reporter?.write(proof, { status, report, source: memory.source }) ?? 0;
  if (length < 0) return length;
  const staged = status.phase === Phase.Staged ? { staged: status.offeredDigest } : {};
  const proven = length > 0 ? { report: proof.subarray(0, length) } : {};
  const written = checkInWrite(room, { ...facts, ...proven, ...staged });
  return written < 0 ? written : room.subarray(0, written);
};

/** One exchange. `Ok`: wake.orders has what was answered. */
const exchange = async (wake: Wake): Promise<number> => {
  const { options, link, memory, orders } = wake;
  const { timekeeper, seconds = () => monotonic() / 1000 } = options;
  const body = said(wake);
  if (typeof body === 'number') return body;
  const asked = seconds();
  const answer = await link.post(below(link.place, `c/${options.device}`), body);
  wake.refusal = answer.refusal;
  const code = answer.code < 0 ? answer.code : ordersRead(orders, answer.bytes, 0, answer.bytes.length);
  if (code < 0) return code;
  wake.exchanges += 1;
  memory.failures = 0;
  if (timekeeper !== undefined) timeTake(timekeeper, orders, link.authenticated, asked);
  return Ok;
};

/** Verdicts over a source by a statement that is one. */
const TAKEN: readonly number[] = [Ok, Err.SourceWithholds, Err.StatementExpired, Err.StatementNotJudged];

/**
 * What the gateway passes on of the publisher's word: judged against what it offers, or what runs. Where it passes on
 * none, the last one is judged again: it goes on accusing, and comes to its end.
 */
const judge = async (wake: Wake, path: string = wake.orders.statement): Promise<void> => {
  const { options, link, memory, status } = wake;
  const { freeze } = options;
  if (freeze === undefined) return;
  const read = path === '' ? undefined : await link.read(below(link.place, path), STATEMENT_MAX);
  const fresh = read !== undefined && read.code >= 0 ? read.bytes : undefined;
  const bytes = fresh ?? memory.statement;
  options.agent.status(status);
  // An offer counts once its signature held: the manifest is taken then, and has a number.
  const offered = status.phase === Phase.Staged && status.offered >= status.sequence;
  const [sequence, digest] = offered
    ? [status.offered, status.offeredDigest]
    : [status.sequence, status.digest];
  memory.source =
    bytes === undefined ? Err.StatementNotJudged : freeze.judge(bytes, 0, bytes.length, sequence, digest);
  if (fresh !== undefined && TAKEN.includes(memory.source)) memory.statement = fresh;
};

const actNow = (wake: Wake): number => {
  const { options, memory, status, orders } = wake;
  options.agent.status(status);
  return actOf(orders, { phase: status.phase, trial: status.trial === 1, held: memory.held });
};

/** Fetches, and tells what came of it. The second answer counts; where there is none, the first stands. */
const fetchNow = async (wake: Wake): Promise<number> => {
  const { options, link, memory, orders } = wake;
  memory.held = '';
  const { path } = orders;
  wake.fetched = await link.update(options.agent, uriText(below(link.place, path)));
  if (wake.fetched.code >= 0) memory.held = path;
  await judge(wake);
  const first = { ...orders };
  const code = await exchange(wake);
  if (code < 0) Object.assign(orders, first);
  return wake.fetched.code;
};

const run = async (wake: Wake): Promise<number> => {
  const { agent } = wake.options;
  let code = await exchange(wake);
  if (code < 0) {
    // Who is not answered grows no surer of its source.
    await judge(wake, '');
    return code;
  }
  let act = actNow(wake);
  if (act === Act.Fetch) {
    code = await fetchNow(wake);
    if (code < 0) return code;
    act = actNow(wake);
  } else await judge(wake);
  if (act === Act.Cancel) return agent.cancel();
  if (act !== Act.Activate) return Ok;
  code = agent.activate();
  wake.activated = code >= 0;
  return code;
};

/** Runs one wake to its end. Throws RangeError where it is wired wrongly; what a link or a gateway does comes as code. */
export const checkInOver = async (options: CheckInOptions): Promise<CheckedIn> => {
  if (!DEVICE.test(options.device)) throw new RangeError(`check-in: "${options.device}" is no device id`);
  const { bounds = WAKE_BOUNDS, random = Math.random, memory = checkInMemory() } = options;
  const wake: Wake = {
    options,
    link: checkInLink(options),
    memory,
    status: statusNew(),
    report: reportNew(),
    orders: ordersNew(),
    exchanges: 0,
    refusal: 0,
    fetched: undefined,
    activated: false,
  };
  const code = await run(wake);
  const { exchanges, refusal, fetched, activated, orders } = wake;
  if (exchanges === 0) memory.failures += 1;
  return {
    code,
    refusal,
    orders: exchanges > 0 ? orders : undefined,
    wake:
      exchanges > 0 ? wakeAfter(orders.wake, bounds, random()) : wakeRetry(memory.failures, bounds, random()),
    exchanges,
    fetched,
    activated,
  };
};
