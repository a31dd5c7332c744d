/**
 * Folders of `flipside publish` above the gateway, on any server of files. latest.json says where to look, and is not
 * signed: what counts is the release that it leads to, once that is proven and whole in the store. From then on it is
 * wanted for each device of its class whose verified report says that it runs less.
 */
import * as Err from '../../agent/err.ts';
import { STATEMENT_MAX } from '../../agent/format/statement.ts';
import {
  latestNew,
  latestRead,
  LATEST_MAX,
  pollAnswered,
  pollFailed,
  pollNew,
} from '../../hal/http/latest.ts';
import type { Latest, Poll } from '../../hal/http/latest.ts';
import { placeNew, uriResolve, uriText } from '../../hal/http/uri.ts';
import type { Place } from '../../hal/http/uri.ts';
import { HttpError, httpErrorOf } from '../../hal/node/http-error.ts';
import type { DeviceRecord, Digest, Instant, Inventory, Release, Releases, Upstream } from '../contract.ts';
import type { Asker } from '../fetch/asker.ts';
import { ReleaseError } from '../fetch/error.ts';
import { isOver } from '../inventory/transitions.ts';
import { ENVELOPE_MAX } from '../releases/envelope.ts';
import type { Statements } from '../statements.ts';
import { newestRead, newestText, offersOf, workOfNewest, WORK_MARK } from './newest.ts';
import type { Newest } from './newest.ts';
import { paceAfter, paceRetry } from './pace.ts';
import type { PaceOptions } from './pace.ts';

export interface FolderOptions extends PaceOptions {
  readonly inventory: Inventory;
  readonly releases: Pick<Releases, 'obtain' | 'find'>;
  /** What is newest stays in the store: devices that come later are to find it. */
  readonly pin: (digests: readonly Digest[]) => void;
  readonly statements: Pick<Statements, 'take'>;
  /** Whether it is in the store. */
  readonly holds: (digest: Digest) => boolean;
  readonly asker: Pick<Asker, 'ask' | 'requests' | 'close'>;
  /** `http(s)://…`: each a folder with a latest.json, or such a file. */
  readonly urls: readonly string[];
  readonly now?: (() => Instant) | undefined;
}

const LATEST = 'latest.json';
/** In the inventory: what was newest for a class, so that it rises over restarts, too. */
const NEWEST = 'folder/';

interface Folder {
  readonly url: string;
  readonly poll: Poll;
  failures: number;
  trouble: string;
  /** Where its signed statement is; '': it names none. */
  statementUrl: string;
  /** Of the one that was taken last, and the server's tag of it. */
  statementTag: string;
  statement: Digest;
  timer: NodeJS.Timeout | undefined;
}

const latestUrl = (url: string): string =>
  url.endsWith('.json') ? url : `${url.replace(/\/+$/, '')}/${LATEST}`;

const errorOf = (thrown: unknown): HttpError =>
  thrown instanceof ReleaseError
    ? new HttpError(thrown.message, thrown.code, thrown.fatal)
    : httpErrorOf(thrown);

const beside = (
  place: Place,
  reference: string,
  what: string,
): { readonly url: string; readonly name: string } => {
  const at = placeNew();
  const code = uriResolve(at, place, reference);
  if (code < 0) throw new HttpError(`names ${what} at "${reference.slice(0, 200)}"`, code, true);
  return { url: uriText(at), name: at.path.split('/').at(-1) ?? '' };
};

class FolderUpstream implements Upstream {
  readonly name = 'folder';
  readonly #options: FolderOptions;
  readonly #now: () => Instant;
  readonly #folders: readonly Folder[];
  readonly #newest = new Map<string, Newest>();
  readonly #running = new Set<Promise<void>>();
  #unfollow: (() => void) | undefined;
  #closed = false;
  #lastContact: Instant = 0;

  constructor(options: FolderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const limits = { usual: 0, least: 0, longest: 0 };
    this.#folders = options.urls.map((url) => ({
      url: latestUrl(url),
      poll: pollNew(limits, () => 0),
      failures: 0,
      trouble: '',
      statementUrl: '',
      statementTag: '',
      statement: '',
      timer: undefined,
    }));
    for (const [key, text] of options.inventory.settings(NEWEST)) {
      const newest = newestRead(text);
      if (newest !== undefined) this.#newest.set(key.slice(NEWEST.length), newest);
    }
  }

  start(): void {
    const { inventory } = this.#options;
    this.#pin();
    // With the check-in that brings the report: the orders that answer it may have the release in them.
    this.#unfollow = inventory.follow((before, after) => {
      if (before.report !== after.report || before.work?.state !== after.work?.state) this.#want(after.id);
    });
    for (const device of inventory.devices()) {
      this.#takeBack(device);
      this.#want(device.id);
    }
    for (const folder of this.#folders) this.#ask(folder);
  }

  state(): { requests: number; trouble: string; lastContact: Instant } {
    const trouble = this.#folders.flatMap((folder) => (folder.trouble === '' ? [] : [folder.trouble]));
    const { requests } = this.#options.asker;
    return { requests, trouble: trouble.join('; '), lastContact: this.#lastContact };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unfollow?.();
    for (const { timer } of this.#folders) clearTimeout(timer);
    this.#options.asker.close();
    await Promise.allSettled(this.#running);
  }

  #ask(folder: Folder): void {
    const run = this.#visit(folder).then((wait) => {
      this.#running.delete(run);
      if (!this.#closed) folder.timer = setTimeout(() => this.#ask(folder), wait * 1000);
    });
    this.#running.add(run);
  }

  /** Seconds to the next one. */
  async #visit(folder: Folder): Promise<number> {
    const { asker } = this.#options;
    const { poll } = folder;
    try {
      const { bytes, tag, cacheControl, age, place } = await asker.ask(folder.url, poll.tag, LATEST_MAX);
      this.#lastContact = this.#now();
      const trouble = bytes === undefined ? undefined : await this.#look(folder, bytes, place);
      // Also where the release cannot be had: that there is one stays true, and devices are to know.
      await this.#stated(folder);
      if (trouble !== undefined) throw trouble;
      // Kept now that the release is here: till then the question is to be answered in full.
      pollAnswered(poll, tag, cacheControl, age);
      folder.failures = 0;
      folder.trouble = '';
      return paceAfter(poll.fresh, this.#options);
    } catch (thrown) {
      const error = errorOf(thrown);
      pollFailed(poll);
      folder.failures += 1;
      folder.trouble = `${folder.url}: ${error.message}`;
      return paceRetry(folder.failures, error, this.#options);
    }
  }

  /** Why its release was not taken. Throws HttpError where it is no latest.json. */
  async #look(folder: Folder, bytes: Uint8Array, place: Place): Promise<unknown> {
    const latest = latestNew();
    if (latestRead(latest, Buffer.from(bytes).toString('utf8')) < 0)
      throw new HttpError('is no latest.json of flipside publish', Err.SourceMalformed, true);
    folder.statementUrl = latest.statement === '' ? '' : beside(place, latest.statement, 'a statement').url;
    try {
      await this.#release(folder.url, latest, place);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** It is signed anew now and then, also where nothing is released. Throws HttpError, ReleaseError. */
  async #stated(folder: Folder): Promise<void> {
    const { asker, statements, holds } = this.#options;
    const { statementUrl: url } = folder;
    if (url === '') return;
    const known = holds(folder.statement) ? folder.statementTag : '';
    const { bytes, tag } = await asker.ask(url, known, STATEMENT_MAX);
    if (bytes !== undefined) folder.statement = await statements.take(bytes, url);
    folder.statementTag = tag;
  }

  async #release(url: string, latest: Latest, place: Place): Promise<void> {
    const envelope = { ...beside(place, latest.envelope, 'an envelope'), sizeMax: ENVELOPE_MAX };
    const release = await this.#options.releases.obtain({ envelope, files: [] });
    if (release.sequence !== latest.sequence) {
      const what = `says ${latest.sequence}, and the signed manifest of ${envelope.name} ${release.sequence}`;
      throw new HttpError(`${what}; publish the folder anew`, Err.SourceMalformed, true);
    }
    this.#take(release, {
      envelope,
      title: `${url.replace(/^https?:\/\//i, '').replace(/\/[^/]*$/, '')} ${release.sequence}`,
    });
  }

  /** Throws HttpError where the sequence does not rise. */
  #take(release: Release, { envelope, title }: Pick<Newest, 'envelope' | 'title'>): void {
    const { id, vendor, classId, sequence, manifestDigest } = release;
    // envelopeProve refuses a manifest that does not say.
    const known = this.#newest.get(classId!);
    const rises = known === undefined || sequence > known.sequence;
    if (!rises && known.manifestDigest !== manifestDigest) {
      const what = `offers sequence ${sequence} for class ${classId}, and ${known.sequence} was there before`;
      throw new HttpError(`${what}; publish what is to run under a higher one`, Err.SequenceOld, true);
    }
    const newest = { id, vendor: vendor!, classId: classId!, sequence, manifestDigest, envelope, title };
    const { inventory } = this.#options;
    this.#newest.set(newest.classId, newest);
    inventory.keep(NEWEST + newest.classId, newestText(newest));
    this.#pin();
    for (const device of inventory.devices()) this.#want(device.id);
  }

  #pin(): void {
    const { releases, pin } = this.#options;
    const found = [...this.#newest.values()].flatMap(({ id }) => releases.find(id) ?? []);
    pin(found.flatMap(({ envelope, payloads }) => [envelope, ...payloads].map(({ digest }) => digest)));
  }

  #want(id: string): void {
    const { inventory } = this.#options;
    const device = inventory.device(id);
    const newest = device?.classId === undefined ? undefined : this.#newest.get(device.classId);
    if (device === undefined || newest === undefined || !offersOf(device, newest)) return;
    inventory.wanted(id, workOfNewest(newest), this.#now());
  }

  /** What another upstream wanted, before the configuration named folders. */
  #takeBack({ id, work }: DeviceRecord): void {
    if (work === undefined || isOver(work.state) || work.work.id.startsWith(WORK_MARK)) return;
    this.#options.inventory.wanted(id, undefined, this.#now());
  }
}

export const openFolders = (options: FolderOptions): Upstream => new FolderUpstream(options);
