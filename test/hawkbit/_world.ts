/** A simulated board and a server of DDI, in virtual time and without a network. */
import { createHash } from 'node:crypto';
import * as Err from '../../agent/err.ts';
import type { Status } from '../../agent/report.ts';
import { hawkbitBoard, sharedRealm, unplug } from '../../bootloader-sim/index.ts';
import type { Behaviour, Board, Config, HawkbitBoard, HawkbitBoot } from '../../bootloader-sim/index.ts';
import { driveByRange } from '../../hal/driver.ts';
import type { Delivery, Need } from '../../hal/driver.ts';
import { artifactPlace, openHawkbitClient, POLL_BOUNDS, Stage } from '../../hal/hawkbit/index.ts';
import type { Hawkbit, HawkbitOptions, HawkbitPort } from '../../hal/hawkbit/index.ts';
import { HTTP_SCHEMES } from '../../hal/http/origin.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import type { Place } from '../../hal/http/uri.ts';
import { flashKeep } from '../../hal/keep/index.ts';
import { NorFlash } from '../../hal/node/nor-flash.ts';
import type { Keep } from '../../hal/ports.ts';
import { config, factory, firmware, release } from '../bootloader-sim/_real.ts';
import { shareOf } from '../coap/_rig.ts';
import { ddiDesk, PATH } from './_desk.ts';
import type { Assignment, DdiDesk, DdiReply } from './_desk.ts';

export { release };

export const ORIGIN = 'http://ddi.example';
const SECOND = 1000;
const HORIZON = 40_000 * SECOND;
const KEEP_SECTOR = 512;

/** Whole updates, as packed. */
type Release = ReturnType<typeof release>;

export const image = (number: number): Uint8Array => firmware(number, 9_000);
export const good: Release = release(image(2), 2);
export const bad: Release = release(image(3), 3);

export const files = ({ envelope, payload, uris }: Release): Assignment['files'] => ({
  'update.suit': envelope,
  [uris[0]!]: payload,
});

export interface WorldOptions extends Partial<
  Pick<HawkbitOptions, 'confirm' | 'attempt' | 'bounds' | 'attributes' | 'prove' | 'onStage'>
> {
  readonly behaviours?: readonly (readonly [Uint8Array, Behaviour])[];
  readonly config?: Partial<Config>;
  /** `none`: there is no port. Default: two sectors of flash that shares the board's power. */
  readonly keep?: 'flash' | 'none';
}

interface Asked {
  readonly method: string;
  readonly place: Place;
  readonly body: string;
  readonly client: Hawkbit;
  readonly alive: () => boolean;
}

interface Fetch {
  readonly course: Generator<Need, Delivery, Uint8Array>;
  readonly boot: HawkbitBoot;
  readonly client: Hawkbit;
  readonly payload: () => Uint8Array;
  step: IteratorResult<Need, Delivery> | undefined;
}

const POLICY = { allowed: [], schemes: HTTP_SCHEMES };
const NOTHING = new Uint8Array(0);

export class World {
  now = 0;
  readonly desk: DdiDesk = ddiDesk(() => ORIGIN);
  readonly board: Board;
  readonly device: HawkbitBoard;
  /** False: nothing is answered. */
  network = true;
  /** Asked before the server is; what it gives is the answer. */
  refuse: (line: string) => DdiReply | undefined = () => undefined;
  /** The board loses power when this request, counted from 1, has reached the server. */
  dieAt = 0;
  died = false;
  requests = 0;
  /** What the server was told that was not so. */
  readonly wrong: string[] = [];
  /** Of each request: method, path. */
  readonly lines: string[] = [];
  readonly stages: string[] = [];
  readonly keepFlash: NorFlash;
  readonly #options: WorldOptions;
  #asked: Asked | undefined;
  #fetch: Fetch | undefined;
  #tickAt: number = SECOND;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    const images = Object.fromEntries(
      (options.behaviours ?? []).map(([bytes, behaviour]) => [
        createHash('sha256').update(bytes).digest('hex'),
        behaviour,
      ]),
    );
    this.board = factory(image(1), {
      behaviours: { images },
      config: { ...config, ...options.config },
      realm: sharedRealm,
    });
    const { power } = this.board.flash;
    const sectors = [KEEP_SECTOR, KEEP_SECTOR];
    this.keepFlash = new NorFlash({ sectors, writeAlign: 4, eraseValue: 0xff, power, name: 'keep' });
    this.device = hawkbitBoard(this.board, {
      keep: () => this.#keep(),
      open: (boot) => this.#open(boot),
    });
  }

  #keep(): Keep {
    return flashKeep(this.keepFlash.port());
  }

  #open(boot: HawkbitBoot): Hawkbit {
    this.#asked = undefined;
    this.#fetch = undefined;
    const trusted = placeNew();
    uriRead(trusted, `${ORIGIN}${PATH}`);
    const client = openHawkbitClient({
      bounds: { ...POLL_BOUNDS, jitter: 0 },
      onStage: (stage) =>
        void this.stages.push(Object.keys(Stage).find((name) => Stage[name as 'None'] === stage)!),
      ...this.#options,
      agent: boot.agent,
      policy: { ...POLICY, trusted },
      keep: this.#options.keep === 'none' ? undefined : boot.keep,
      random: shareOf(3),
      port: this.#port(boot, () => client),
    });
    return client;
  }

  #port(boot: HawkbitBoot, client: () => Hawkbit): HawkbitPort {
    return {
      ask: (method, place, body) => {
        if (boot.alive()) this.#asked = { method, place, body, client: client(), alive: boot.alive };
      },
      fetch: (envelope, deployment) => {
        const reply = this.#get('GET', envelope.path, '');
        const course = driveByRange(boot.agent, reply.bytes ?? NOTHING, { alive: boot.alive });
        const place = placeNew();
        const payload = (): Uint8Array => {
          const uri = new Uint8Array(100);
          const name = Buffer.from(uri.subarray(0, boot.agent.uri(uri))).toString();
          const artifact = deployment.artifacts.find(({ filename }) => filename === name)!;
          artifactPlace(place, envelope, artifact, { ...POLICY, trusted: envelope });
          return this.#get('GET', place.path, '').bytes ?? NOTHING;
        };
        this.#fetch = { course, boot, client: client(), payload, step: undefined };
      },
      stop: () => void (this.#fetch = undefined),
      restart: () => boot.restart(),
    };
  }

  #get(method: string, path: string, body: string): DdiReply {
    return this.refuse(`${method} ${path}`) ?? this.desk.answer(method, path, body);
  }

  #serve({ method, place, body, client, alive }: Asked): void {
    this.#asked = undefined;
    this.requests++;
    this.lines.push(`${method} ${place.path}`);
    if (!this.network) return client.answered(Err.SourceLost, '', 0, this.now);
    this.#judge(body);
    const { status, text = '', headers = {} } = this.#get(method, place.path, body);
    if (this.requests === this.dieAt) {
      this.died = true;
      unplug(this.board);
    }
    if (!alive()) return;
    client.answered(status, status < 300 ? text : '', Number(headers['retry-after'] ?? 0), this.now);
  }

  /** Success is told of what is confirmed, and of nothing else. */
  #judge(body: string): void {
    if (!body.includes('"closed"') || !body.includes('"success"') || !body.includes('confirmed')) return;
    const { trial, sequence, accepted } = this.#status;
    if (trial !== 0 || sequence === 1 || accepted !== sequence)
      this.wrong.push(`success of ${sequence}, accepted ${accepted}, trial ${trial}`);
  }

  /** One range of the payload at a time, so that other things happen between. */
  #drive(fetch: Fetch): void {
    const { course, client, boot } = fetch;
    if (fetch.step === undefined) fetch.step = course.next();
    else if (fetch.step.done !== true) {
      const { offset, length } = fetch.step.value;
      fetch.step = course.next(fetch.payload().subarray(offset, offset + Math.min(length, 2048)));
    }
    if (fetch.step.done !== true) return;
    if (this.#fetch === fetch) this.#fetch = undefined;
    if (boot.alive()) client.fetched(fetch.step.value.code, this.now);
  }

  get client(): Hawkbit {
    return this.device.client!;
  }

  /** Lets time pass until `done`, so many milliseconds at most. Whether it came to be. */
  run(done: () => boolean, patience: number = HORIZON): boolean {
    const end = this.now + patience;
    while (!done()) {
      if (this.now >= end) return false;
      const next = this.device.step(this.now);
      const busy = this.#asked !== undefined || this.#fetch !== undefined;
      if (this.#asked !== undefined) this.#serve(this.#asked);
      if (this.#fetch !== undefined) this.#drive(this.#fetch);
      const due = busy ? this.now + 1 : Math.min(end, next, this.#tickAt);
      this.now = due > this.now ? due : this.now + 1;
      if (this.now < this.#tickAt) continue;
      this.device.tick();
      this.#tickAt = this.now + SECOND;
    }
    return true;
  }

  pass(milliseconds: number): void {
    this.run(() => false, milliseconds);
  }

  /** Until the server has nothing for it, and it nothing for the server. */
  settles(): boolean {
    return this.run(() => this.device.client?.settled() === true && this.#asked === undefined);
  }

  /** Power goes, and comes back. */
  reset(): void {
    unplug(this.board);
  }

  /** The driver is at work. */
  get receiving(): boolean {
    return this.#fetch !== undefined;
  }

  /** Of the agent's session: bytes of the payload taken, and its phase. */
  get sent(): number {
    return this.#status.position;
  }

  get phase(): number {
    return this.#status.phase;
  }

  get #status(): Status {
    const { agent, status } = this.board.live!;
    agent!.status(status);
    return status;
  }

  /** Until the end of an action is told, and there is nothing else. */
  finishes(): boolean {
    return this.run(() => this.told.at(-1)?.startsWith('closed') === true) && this.settles();
  }

  /** `kind execution finished code` of each feedback. */
  get told(): string[] {
    return this.desk.told
      .filter(({ body }) => body.status !== undefined)
      .map(({ path, body: { status } }) => {
        const { execution, result, code } = status!;
        const kind = path.startsWith('/cancelAction') ? 'cancel ' : '';
        const finished = result.finished === 'none' ? '' : ` ${result.finished}`;
        return `${kind}${execution}${finished}${code === undefined ? '' : ` ${code}`}`;
      });
  }

  /** The first line of each feedback. */
  get words(): string[] {
    return this.desk.told.flatMap(({ body }) => body.status?.details?.[0] ?? []);
  }

  /** Of the image that runs. */
  get sequence(): number {
    this.device.step(this.now);
    return this.#status.sequence;
  }
}
