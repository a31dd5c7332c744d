/** A device of a hawkBit server over HTTP: the client of hal/hawkbit with requests, fetches and timers of Node. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as Err from '../../agent/err.ts';
import { artifactPlace, openHawkbitClient } from '../hawkbit/index.ts';
import type { Deployment, Hawkbit, HawkbitAgent, HawkbitOptions, HawkbitPort } from '../hawkbit/index.ts';
import { placeNew, uriText } from '../http/uri.ts';
import { DdiLink } from './hawkbit.ts';
import type { DdiOptions } from './hawkbit.ts';
import { heldReceiver, HttpError, update } from './http.ts';
import { httpErrorOf } from './http-error.ts';
import type { HttpOptions, HttpReceiver } from './http.ts';
import { ticker } from './ticker.ts';
import { monotonic } from './udp.ts';

type Given = Omit<HawkbitOptions, 'agent' | 'port' | 'policy' | 'random'>;

export interface HawkbitDeviceOptions extends Given, Omit<DdiOptions, 'kind'> {
  readonly agent: HttpReceiver & HawkbitAgent;
  /** Restarts the board into what was activated. */
  readonly restart: () => void;
  /** Default 'target': the device's own token. */
  readonly kind?: DdiOptions['kind'];
  /** Of the fetch: chunk, mode, retries, rate; as of the driver (hal/node/http.ts). */
  readonly http?: Omit<
    HttpOptions,
    | 'envelopeUrl'
    | 'payloadUrl'
    | 'trusted'
    | 'beside'
    | 'authorization'
    | 'hosts'
    | 'ca'
    | 'alive'
    | 'signal'
  >;
  /** False: what it works for is gone. */
  readonly alive?: (bytesSent: number) => boolean;
  /** Of each request and each fetch that came to nothing, in words. */
  readonly onTrouble?: (words: string) => void;
  /** Milliseconds; default: of this process. */
  readonly now?: () => number;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
}

export interface HawkbitDevice {
  readonly client: Hawkbit;
  readonly requests: number;
  /** Bytes of envelope and payload that came. */
  readonly received: number;
  /**
   * For a device that sleeps: does all that is to be done now. Milliseconds to the next contact. Where `restart` was called
   * it is for the caller to see that nothing of this boot is used any more.
   */
  contact(): Promise<number>;
  /** In place of `contact`, for who calls `client.tick` himself: `changed` is called behind each answer and each fetch. */
  watch(changed: () => void): void;
  close(): void;
}

/** What the manifest names lies under its last name among the files of the deployment; '': it does not. */
const besideOf =
  (link: DdiLink, deployment: Deployment) =>
  (uri: string): string => {
    const name = /([^/?#]+)(?:[?#].*)?$/.exec(uri)?.[1];
    const artifact = deployment.artifacts.find(({ filename }) => filename === name);
    const place = placeNew();
    if (artifact === undefined) return '';
    const code = artifactPlace(place, link.place, artifact, link.policy);
    if (code >= 0) return uriText(place);
    throw new HttpError(`${artifact.filename} lies where the device may not go`, code, true);
  };

class Device implements HawkbitDevice {
  readonly client: Hawkbit;
  readonly #options: HawkbitDeviceOptions;
  readonly #link: DdiLink;
  readonly #closed = new AbortController();
  /** Closed, or given up by who opened it. */
  readonly #ended: AbortSignal;
  #fetch = new AbortController();
  #pending = 0;
  #changed: () => void = () => undefined;
  #fetchRequests = 0;
  received = 0;

  constructor(options: HawkbitDeviceOptions) {
    this.#options = options;
    const { kind = 'target', signal } = options;
    const closed = this.#closed.signal;
    this.#ended = signal === undefined ? closed : AbortSignal.any([closed, signal]);
    this.#link = new DdiLink({ ...options, kind, signal: this.#ended });
    const port: HawkbitPort = {
      ask: (method, place, body) => void this.#run(() => this.#ask(method, place, body)),
      fetch: (envelope, deployment) => {
        this.#fetch = new AbortController();
        const { signal } = this.#fetch;
        void this.#run(() => this.#take(uriText(envelope), deployment, signal));
      },
      stop: () => this.#fetch.abort(),
      restart: options.restart,
    };
    const { policy } = this.#link;
    this.client = openHawkbitClient({ ...options, port, policy, random: options.random ?? Math.random });
  }

  get requests(): number {
    return this.#link.requests + this.#fetchRequests;
  }

  get #now(): number {
    return (this.#options.now ?? monotonic)();
  }

  /** Never on the spot. */
  async #run(work: () => Promise<void>): Promise<void> {
    this.#pending++;
    await Promise.resolve();
    await work();
    this.#pending--;
    this.#changed();
  }

  async #ask(...[method, place, body]: Parameters<HawkbitPort['ask']>): Promise<void> {
    const { alive = () => true, onTrouble } = this.#options;
    // Code that runs on in a board that is gone says nothing.
    if (!alive(0)) return;
    const what = `${method} ${uriText(place)}`;
    const { status, text, retryAfter } = await this.#link
      .ask(method, place, body)
      .catch((thrown: unknown) => {
        const error = httpErrorOf(thrown);
        onTrouble?.(`${what}: ${error.message}`);
        return { status: error.code, text: '', retryAfter: error.retryAfter };
      });
    if (status > 0 && !(status >= 200 && status <= 299)) onTrouble?.(`${what}: HTTP ${status}`);
    this.client.answered(status, text, retryAfter, this.#now);
  }

  /** The agent, until the fetch is given up: whoever comes next has it for himself. */
  #receiver(signal: AbortSignal): HttpReceiver {
    return heldReceiver(this.#options.agent, (call) => (signal.aborted ? Err.Cancelled : call()));
  }

  async #take(envelopeUrl: string, deployment: Deployment, stopped: AbortSignal): Promise<void> {
    const { http = {}, hosts, ca, url, alive = () => true, onTrouble } = this.#options;
    const link = this.#link;
    const signal = AbortSignal.any([stopped, this.#ended]);
    let code: number = Err.PortFailed;
    try {
      const done = await update(this.#receiver(signal), {
        ...http,
        ...(hosts === undefined ? {} : { hosts }),
        ...(ca === undefined ? {} : { ca }),
        envelopeUrl,
        trusted: url,
        authorization: link.authorization,
        beside: besideOf(link, deployment),
        alive: (bytesSent) => !signal.aborted && alive(bytesSent),
        signal,
        pause: (milliseconds) => sleep(milliseconds, undefined, { signal }),
      });
      this.received += done.received;
      this.#fetchRequests += done.requests;
      code = done.code;
    } catch (error) {
      if (error instanceof HttpError) code = error.code;
      if (!signal.aborted) onTrouble?.(`${envelopeUrl}: ${(error as Error).message}`);
    }
    if (!signal.aborted && alive(0)) this.client.fetched(code, this.#now);
  }

  async contact(): Promise<number> {
    const { alive = () => true } = this.#options;
    while (alive(0)) {
      const next = this.client.tick(this.#now) - this.#now;
      if (next <= 0) continue;
      if (this.#pending === 0) return next;
      await this.#change(next);
    }
    return Infinity;
  }

  #change(wait: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = wait === Infinity ? undefined : setTimeout(resolve, wait);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  watch(changed: () => void): void {
    this.#changed = changed;
  }

  close(): void {
    this.#closed.abort();
    this.#link.close();
  }
}

/** Opens the client in the running image. Throws HttpError where address or token cannot be. */
export const openHawkbitDevice = (options: HawkbitDeviceOptions): HawkbitDevice => new Device(options);

export interface RunningHawkbit {
  readonly client: Hawkbit;
  /** What came to be due from outside the network, as a trial that is confirmed: looks at it at once. */
  poke(): void;
  close(): void;
}

/** Opens the client, and keeps it going until it is closed. Throws HttpError where address or token cannot be. */
export const runHawkbit = (options: Omit<HawkbitDeviceOptions, 'now'>): RunningHawkbit => {
  const device = new Device(options);
  const clock = ticker((now) => device.client.tick(now));
  device.watch(() => clock.poke());
  return {
    client: device.client,
    poke: () => clock.poke(),
    close() {
      clock.stop();
      device.close();
    },
  };
};
