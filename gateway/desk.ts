/**
 * What a device is told, in whatever protocol it asks: the one place downward that decides.
 *
 *   check-in ─► inventory (the report is proven there) ─► work? ─► gate (rollout) ─► release in the store? ─► orders
 *
 * Work that has not begun waits until the gate is open. Work that has begun is fetched to its end, whatever the gate says;
 * where its group was stopped or paused since, the device is not to activate it: it may be what others went back from.
 */
import type {
  Artefact,
  ArtefactStore,
  Claims,
  Desk,
  DeviceRecord,
  Digest,
  Feedback,
  Gate,
  Instant,
  Inventory,
  Orders,
  Release,
  Releases,
  Rollout,
  WorkRecord,
} from './contract.ts';
import { isCalledOff } from './inventory/begun.ts';
import { isOver, isTold } from './inventory/transitions.ts';
import { ENVELOPE_NAME } from './releases/payloads.ts';

export interface DeskOptions {
  readonly inventory: Inventory;
  readonly rollout: Pick<Rollout, 'gate'>;
  readonly releases: Pick<Releases, 'find'>;
  readonly store: Pick<ArtefactStore, 'find' | 'read'>;
  /** Seconds to the next check-in. */
  readonly wake?: Partial<WakeTimes> | undefined;
  /** The statement of the latest sequence for a class (docs/SPEC.md section 13.1), where there is one in the store. */
  readonly statement?: ((classId: string) => Artefact | undefined) | undefined;
}

export interface WakeTimes {
  /** There is nothing to do. Default an hour. */
  readonly idle: number;
  /** It is at work, or the release is being fetched, or the gate may open soon. Default a minute. */
  readonly busy: number;
}

const WAKE: WakeTimes = { idle: 3600, busy: 60 };
const STATEMENT = /^s\/([0-9a-f-]{1,36})$/;
const FILE = /^r\/([0-9a-f]{64})\/([A-Za-z0-9._-][A-Za-z0-9._/-]{0,127})$/;

/** With them the device ends an action, in the words of hawkBit. */
const ENDS: readonly string[] = ['closed', 'canceled', 'rejected'];
/** A person ends these: what has begun is held back as well. */
const HELD: readonly Gate['kind'][] = ['stopped', 'paused'];
/** What opens it is under way. */
const SOON: readonly Gate['kind'][] = ['open', 'pair', 'together', 'after'];

const NOTHING = { path: undefined, download: 'skip', update: 'skip', cancel: false } as const;

/** What is told; wake and time come on top. */
interface Told {
  readonly path: string | undefined;
  readonly download: Orders['download'];
  readonly update: Orders['update'];
  readonly cancel: boolean;
  readonly soon: boolean;
}

const NOT_YET: Told = { ...NOTHING, soon: true };
const IDLE: Told = { ...NOTHING, soon: false };

const offer = (work: WorkRecord, release: Release): Told => ({
  path: `r/${release.id}/${ENVELOPE_NAME}`,
  download: work.work.download,
  update: work.work.update,
  cancel: false,
  soon: true,
});

export class GatewayDesk implements Desk {
  readonly #options: DeskOptions;
  readonly #wake: WakeTimes;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#wake = { ...WAKE, ...options.wake };
  }

  checkIn(id: string, report: Uint8Array | undefined, claims: Claims, now: Instant): Orders | undefined {
    const { inventory } = this.#options;
    if (inventory.device(id) === undefined) return undefined;
    inventory.checkedIn(id, report, claims, now);
    this.#advance(id, now);
    const device = inventory.device(id);
    return device && this.orders(device, now);
  }

  /** The steps that a check-in brings about, each in the inventory before anything is told of it. */
  #advance(id: string, now: Instant): void {
    const { inventory } = this.#options;
    const device = inventory.device(id);
    const work = device?.work;
    if (device === undefined || work === undefined || isOver(work.state)) return;
    if (work.cancelling) return this.#cancel(device, work, now);
    if (isTold(work.state) || work.state === 'trial') return;
    const release = this.#release(work);
    if (release === undefined) return;
    const { kind, words } = this.#options.rollout.gate(device);
    if (kind === 'open') inventory.moved(id, 'offered', 0, '', now, release);
    else if (work.state !== 'waiting' || work.words !== words)
      inventory.moved(id, 'waiting', 0, words, now, release);
  }

  /** What never reached the device is over at once. What did is over when it says that nothing of it is left. */
  #cancel(device: DeviceRecord, work: WorkRecord, now: Instant): void {
    const { inventory } = this.#options;
    if (work.state === 'trial') return;
    const told = isTold(work.state);
    // A device that was told to give it up, and checks in with nothing staged, has done so; over DDI it says so itself.
    const asks = device.claims?.link !== 'ddi';
    // It ended the action itself, and is not asked about it any more.
    const ended = this.ended(device.id)?.action === work.work.id;
    const gone =
      ended || (asks && this.#told.get(device.id) === work.work.id && device.claims?.staged === undefined);
    if (told && !gone) {
      this.#told.set(device.id, work.work.id);
      return;
    }
    this.#told.delete(device.id);
    inventory.moved(device.id, 'cancelled', 0, ended ? work.words : '', now);
  }

  /** Devices that were told to cancel, by the work. Forgotten at a restart: they are told again. */
  readonly #told = new Map<string, string>();

  #release({ release }: WorkRecord): Release | undefined {
    return release === undefined ? undefined : this.#options.releases.find(release);
  }

  #tell(device: DeviceRecord): Told {
    const { work } = device;
    // What it began and is not wanted any more, also where other work has come since.
    if (isCalledOff(device)) return { ...NOT_YET, cancel: true };
    if (work === undefined || isOver(work.state)) return IDLE;
    if (work.cancelling) return { ...NOT_YET, cancel: isTold(work.state) };
    if (work.state === 'trial') return NOT_YET;
    const release = this.#release(work);
    // It waits for the gate, or the gateway for the release.
    if (release === undefined) return NOT_YET;
    const { kind } = this.#options.rollout.gate(device);
    if (!isTold(work.state)) return SOON.includes(kind) ? NOT_YET : IDLE;
    const offered = offer(work, release);
    return HELD.includes(kind) ? { ...offered, update: 'skip', soon: work.state === 'offered' } : offered;
  }

  orders(device: DeviceRecord, now: Instant): Orders {
    const { soon, ...told } = this.#tell(device);
    const { idle, busy } = this.#wake;
    const { claims, work } = device;
    const classId = device.classId ?? (work && this.#release(work)?.classId);
    const there = classId !== undefined && this.#options.statement?.(classId) !== undefined;
    return {
      ...told,
      time: Math.floor(now / 1000),
      // Its own calendar is its battery's: it is not woken before.
      wake: Math.max(soon ? Math.min(busy, idle) : idle, claims?.sleeps ?? 0),
      statement: there ? `s/${classId}` : undefined,
    };
  }

  file(path: string): { readonly digest: Digest; readonly size: number } | undefined {
    const { releases, store, statement } = this.#options;
    const stated = STATEMENT.exec(path);
    if (stated !== null) return statement?.(stated[1]!);
    const [, id, name] = FILE.exec(path) ?? [];
    const release = id === undefined ? undefined : releases.find(id);
    if (release === undefined) return undefined;
    const { envelope, payloads } = release;
    const file = name === ENVELOPE_NAME ? envelope : [envelope, ...payloads].find((one) => one.name === name);
    return file && store.find(file.digest);
  }

  read(digest: Digest, offset: number, into: Uint8Array): number {
    return this.#options.store.read(digest, offset, into);
  }

  device(id: string): DeviceRecord | undefined {
    return this.#options.inventory.device(id);
  }

  release(id: Digest): Release | undefined {
    return this.#options.releases.find(id);
  }

  feedback(id: string, said: Feedback, now: Instant): boolean {
    const { inventory } = this.#options;
    const work = inventory.device(id)?.work;
    if (work === undefined || work.work.id !== said.action) return false;
    if (this.ended(id)?.action === said.action) return false;
    if (said.about === 'cancel') return this.#givenUp(id, work, said, now);
    if (!ENDS.includes(said.execution)) return true;
    const finished = said.execution === 'closed' ? said.finished : said.execution;
    inventory.keep(`ddi/${id}`, `${said.action} ${finished}`);
    // A report that came with it has decided already.
    if (!(isTold(work.state) || work.cancelling)) return true;
    const words = `says, without proof: ${finished}${said.words === '' ? '' : `: ${said.words}`}`;
    // A success counts when a report proves it; a failure is believed: who lies with one brings about less by it than by silence.
    const state = finished === 'success' ? 'offered' : work.cancelling ? 'cancelled' : 'failed';
    inventory.moved(id, state, 0, words, now);
    return true;
  }

  /** What it says to the wish to have its work back. One that keeps it goes on, and is asked again. */
  #givenUp(id: string, work: WorkRecord, said: Feedback, now: Instant): boolean {
    const { inventory } = this.#options;
    if (!work.cancelling || !isTold(work.state)) return false;
    if (!ENDS.includes(said.execution)) return true;
    const keeps = said.execution === 'rejected' || said.finished === 'failure';
    if (!keeps) inventory.keep(`ddi/${id}`, `${said.action} canceled`);
    const words = `says, without proof: ${keeps ? 'it does not give it up' : 'given up'}`;
    const more = said.words === '' ? '' : `: ${said.words}`;
    inventory.moved(id, keeps ? 'offered' : 'cancelled', 0, `${words}${more}`, now);
    return true;
  }

  ended(id: string): { readonly action: string; readonly finished: string } | undefined {
    const kept = this.#options.inventory.setting(`ddi/${id}`);
    // The name of a work may have blanks in it.
    const at = kept?.lastIndexOf(' ') ?? -1;
    return kept === undefined || at < 0
      ? undefined
      : { action: kept.slice(0, at), finished: kept.slice(at + 1) };
  }
}

export const openDesk = (options: DeskOptions): Desk => new GatewayDesk(options);
