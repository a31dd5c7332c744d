/** Fetches a release once for all devices, proves it by the anchors of the configuration, and keeps it. */
import type { AddressGuard } from '../../hal/node/http-address.ts';
import { hexOf, sha256 } from '../../publisher/bytes.ts';
import { uuidText } from '../../publisher/identifiers.ts';
import type { EnvelopeView } from '../../publisher/read-envelope.ts';
import * as Err from '../../agent/err.ts';
import type {
  Artefact,
  Digest,
  Download,
  Release,
  ReleaseFile,
  Releases,
  ReleaseSource,
  Wanted,
} from '../contract.ts';
import { addressGuard } from '../fetch/address.ts';
import { releaseError, releaseErrorOf } from '../fetch/error.ts';
import { Fetcher } from '../fetch/fetcher.ts';
import type { FetchRules } from '../fetch/fetcher.ts';
import { originsOf, placeOf } from '../fetch/origins.ts';
import { anotherThan, digitsOf, keyOf } from '../fetch/wanted.ts';
import { contentOf } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { ENVELOPE_MAX, envelopeProve } from './envelope.ts';
import type { Trust } from './envelope.ts';
import { ENVELOPE_NAME, payloadsOf, wantedOf } from './payloads.ts';
import type { Payload } from './payloads.ts';
import { ReleaseRecords } from './record.ts';

export interface ReleasePolicy {
  /** URLs of the configured upstreams: files may come from their origins. */
  readonly upstream: readonly string[];
  /** Other origins, `scheme://host[:port]`; https where there is no scheme. */
  readonly allowOrigins: readonly string[];
  /** Hosts that may lie at addresses that are not public. */
  readonly allowPrivate: readonly string[];
  /** In place of the system's names. */
  readonly resolve?: AddressGuard['resolve'];
}

export interface ReleasesOptions extends Trust {
  readonly store: Store;
  readonly policy: ReleasePolicy;
  /** PEM of the authorities, in place of Node's. */
  readonly ca?: string | undefined;
  readonly limits?: FetchRules['limits'];
}

class StoredReleases implements Releases {
  readonly #store: Store;
  readonly #trust: Trust;
  readonly #origins: readonly string[];
  readonly #fetcher: Fetcher;
  readonly #records: ReleaseRecords;
  readonly #releases = new Map<Digest, Release>();
  readonly #running = new Map<string, Promise<Release>>();

  constructor({ store, anchors, threshold, policy, ca, limits }: ReleasesOptions) {
    this.#store = store;
    this.#trust = { anchors, threshold };
    this.#origins = originsOf([...policy.upstream, ...policy.allowOrigins]);
    const addresses = addressGuard(policy.allowPrivate, policy.resolve);
    this.#fetcher = new Fetcher(store, { origins: this.#origins, addresses, ca, limits });
    this.#records = new ReleaseRecords(store.folder);
    for (const id of this.#records.ids()) this.#recall(id);
  }

  async obtain(source: ReleaseSource): Promise<Release> {
    // Where the server tells the content, one artefact has many URLs (of hawkBit one for each device).
    const key = keyOf(source.envelope);
    const work = this.#running.get(key) ?? this.#obtain(source).finally(() => this.#running.delete(key));
    this.#running.set(key, work);
    try {
      return await work;
    } catch (error) {
      throw releaseErrorOf(error);
    }
  }

  /** It is here only while all of its files are. */
  find(id: Digest): Release | undefined {
    const release = this.#releases.get(id);
    if (release === undefined) return undefined;
    const files = [release.envelope, ...release.payloads];
    if (files.every(({ digest }) => this.#store.look(digest) !== undefined)) return release;
    this.#releases.delete(id);
    return undefined;
  }

  all(): readonly Release[] {
    return [...this.#releases.keys()].flatMap((id) => this.find(id) ?? []);
  }

  downloads(): readonly Download[] {
    return this.#fetcher.downloads();
  }

  async close(): Promise<void> {
    await this.#fetcher.close();
    await Promise.allSettled(this.#running.values());
  }

  async #obtain(source: ReleaseSource): Promise<Release> {
    const { envelope: wanted } = source;
    const place = placeOf(wanted.url, this.#origins);
    const digits = wanted.sha256 ?? digitsOf(wanted.name);
    const seen = digits === undefined ? undefined : this.#store.findNamed(digits);
    const known = seen && this.find(seen.digest);
    if (known) return known;
    const held: (() => void)[] = [];
    const keep = (artefact: Artefact): Artefact => {
      held.push(this.#store.hold(artefact.digest));
      return artefact;
    };
    try {
      const bytes = seen ? contentOf(this.#store, seen) : await this.#envelope(wanted);
      const view = envelopeProve(bytes, this.#trust, wanted.url);
      // What cannot be had whole is not begun.
      const plan = payloadsOf(view, wanted.url).map(
        (payload) => [payload, wantedOf(payload, source, place)] as const,
      );
      const envelope = keep(await this.#store.put(bytes));
      const again = this.find(envelope.digest);
      if (again) return again;
      const files: ReleaseFile[] = [];
      for (const [payload, file] of plan) {
        const { digest, size } = keep(await this.#fetcher.fetch(file, payload.proof));
        files.push({ name: payload.name, digest, size });
      }
      this.#records.write(envelope.digest, files);
      return this.#add(envelope, view, files);
    } finally {
      for (const release of held) release();
    }
  }

  async #envelope(wanted: Wanted): Promise<Uint8Array> {
    const bytes = await this.#fetcher.small(wanted, Math.min(ENVELOPE_MAX, wanted.sizeMax));
    const why = anotherThan(wanted, { digest: hexOf(sha256(bytes)), size: bytes.length });
    if (why === undefined) return bytes;
    throw releaseError(Err.SourceMalformed, `${wanted.url}: not the envelope that is wanted: ${why}`);
  }

  #add(envelope: Artefact, view: EnvelopeView, payloads: readonly ReleaseFile[]): Release {
    const { vendor, classId, sequence, securityVersion } = view.manifest;
    const release: Release = {
      id: envelope.digest,
      manifestDigest: hexOf(view.digest),
      vendor: vendor && uuidText(vendor),
      classId: classId && uuidText(classId),
      sequence: Number(sequence),
      securityVersion,
      envelope: { name: ENVELOPE_NAME, ...envelope },
      payloads,
    };
    this.#releases.set(release.id, release);
    return release;
  }

  /** A release of an earlier process: only the place of its files is taken from the record. */
  #recall(id: Digest): void {
    try {
      const envelope = this.#store.find(id);
      if (envelope && envelope.size <= ENVELOPE_MAX) {
        const view = envelopeProve(contentOf(this.#store, envelope), this.#trust, id);
        const digests = this.#records.read(id);
        const files = payloadsOf(view, id).map((payload) =>
          this.#recalled(payload, digests.get(payload.name)),
        );
        if (files.every((file) => file !== undefined)) {
          this.#add(envelope, view, files);
          return;
        }
      }
    } catch {
      // Its anchor is none any more, say.
    }
    this.#records.remove(id);
  }

  #recalled({ name, size, proof }: Payload, recorded: Digest | undefined): ReleaseFile | undefined {
    const digits = digitsOf(name) ?? recorded;
    const found = digits === undefined ? undefined : this.#store.look(digits);
    if (found === undefined || found.size !== size) return undefined;
    if (proof !== undefined && proof.trouble(contentOf(this.#store, found)) !== undefined) return undefined;
    return { name, digest: found.digest, size };
  }
}

/** Throws StoreError, or PublishError for an origin that is none. */
export const openReleases = (options: ReleasesOptions): Releases => new StoredReleases(options);
