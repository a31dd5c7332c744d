/**
 * A hawkBit server above the gateway: each device is asked for in its own name, with the token of the tenant, so that the
 * server sees each of them. Several at once, each again when the server wants it, or when there is something to tell.
 */
import { DdiLink } from '../../hal/node/hawkbit.ts';
import { HttpClient } from '../../hal/node/http-client.ts';
import { HttpError, httpErrorOf } from '../../hal/node/http-error.ts';
import type { DeviceRecord, Instant, Inventory, Upstream } from '../contract.ts';
import { paceAfter, paceRetry } from './pace.ts';
import type { PaceOptions } from './pace.ts';
import { hasNews, visitRun } from './visit.ts';

export interface HawkbitOptions extends PaceOptions {
  readonly inventory: Inventory;
  /** `http(s)://HOST[:PORT]/TENANT/controller/v1`. */
  readonly url: string;
  /** Of the tenant: it speaks for every device. */
  readonly token: string;
  /** Other places that files may come from: `[scheme://]host[:port]`. */
  readonly hosts?: readonly string[] | undefined;
  /** PEM, in place of the authorities of Node. */
  readonly ca?: string | undefined;
  /** Answers confirmationBase in the owner's name. */
  readonly confirm?: boolean | undefined;
  /** Devices asked for at once. Default 8. */
  readonly together?: number | undefined;
  readonly now?: (() => Instant) | undefined;
}

const TIMEOUT = 30_000;
const TOGETHER = 8;
const TIMER_MAX = 2 ** 31 - 1;

interface Turn {
  due: Instant;
  busy: boolean;
  failures: number;
  /** It changed while it was asked for. */
  stale: boolean;
}

class Hawkbit implements Upstream {
  readonly name = 'hawkbit';
  readonly #options: HawkbitOptions;
  readonly #client: HttpClient;
  readonly #ended = new AbortController();
  readonly #turns = new Map<string, Turn>();
  readonly #now: () => Instant;
  readonly #running = new Set<Promise<void>>();
  #unwatch: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #requests = 0;
  #trouble = '';
  #lastContact: Instant = 0;

  constructor(options: HawkbitOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { ca } = options;
    const { signal } = this.#ended;
    this.#client = new HttpClient({ timeout: TIMEOUT, signal, ...(ca === undefined ? {} : { ca }) });
    // What is wrong with address or token is said at once, and not by a device.
    this.#link('device');
  }

  start(): void {
    const { inventory } = this.#options;
    this.#unwatch = inventory.watch((device) => this.#changed(device));
    for (const { id } of inventory.devices()) this.#turn(id);
    this.#work();
  }

  state(): { requests: number; trouble: string; lastContact: Instant } {
    return { requests: this.#requests, trouble: this.#trouble, lastContact: this.#lastContact };
  }

  async close(): Promise<void> {
    this.#unwatch?.();
    clearTimeout(this.#timer);
    this.#ended.abort();
    await Promise.allSettled(this.#running);
    this.#client.close();
  }

  #link(id: string): DdiLink {
    const { url, token, hosts } = this.#options;
    return new DdiLink({
      url: `${url}/${encodeURIComponent(id)}`,
      token,
      kind: 'gateway',
      client: this.#client,
      ...(hosts === undefined ? {} : { hosts }),
    });
  }

  #turn(id: string): Turn {
    let turn = this.#turns.get(id);
    if (turn === undefined) {
      turn = { due: this.#now(), busy: false, failures: 0, stale: false };
      this.#turns.set(id, turn);
    }
    return turn;
  }

  /** A device that only checked in is no news. */
  #changed(device: DeviceRecord): void {
    const known = this.#turns.has(device.id);
    const turn = this.#turn(device.id);
    if (known && !hasNews(this.#options.inventory, device)) return;
    if (turn.busy) turn.stale = true;
    else if (turn.failures === 0) turn.due = this.#now();
    // Not from within the call: whoever changes it may not be through.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work(), 0);
  }

  #work(): void {
    clearTimeout(this.#timer);
    if (this.#ended.signal.aborted) return;
    const now = this.#now();
    let next = Infinity;
    for (const [id, turn] of this.#turns) {
      if (turn.busy) continue;
      if (turn.due > now) next = Math.min(next, turn.due);
      else if (this.#running.size < (this.#options.together ?? TOGETHER)) this.#begin(id, turn);
      // The end of one that runs calls for the next.
    }
    if (next !== Infinity) this.#timer = setTimeout(() => this.#work(), Math.min(TIMER_MAX, next - now));
  }

  #begin(id: string, turn: Turn): void {
    turn.busy = true;
    turn.stale = false;
    const run = this.#visit(id, turn).finally(() => {
      turn.busy = false;
      this.#running.delete(run);
      this.#work();
    });
    this.#running.add(run);
  }

  async #visit(id: string, turn: Turn): Promise<void> {
    const { inventory, confirm = false } = this.#options;
    const link = this.#link(id);
    let wait: number;
    try {
      const asked = await visitRun({ link, inventory, id, now: this.#now(), confirm });
      turn.failures = 0;
      this.#trouble = '';
      this.#lastContact = this.#now();
      wait = turn.stale ? 0 : paceAfter(asked, this.#options);
    } catch (thrown) {
      const error = thrown instanceof HttpError ? thrown : httpErrorOf(thrown);
      this.#trouble = `${id}: ${error.message}`;
      turn.failures += 1;
      wait = paceRetry(turn.failures, error, this.#options);
    }
    this.#requests += link.requests;
    turn.due = this.#now() + wait * 1000;
  }
}

/** Throws HttpError where address or token cannot be. */
export const openHawkbit = (options: HawkbitOptions): Upstream => new Hawkbit(options);
