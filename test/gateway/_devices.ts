/** Devices that report with HMAC of their own, an inventory's disk in memory, and releases to give them. */
import { Event, Phase } from '../../agent/codes.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import { openReporter, REPORT_MAX } from '../../hal/identity/index.ts';
import type { Reporter } from '../../hal/identity/index.ts';
import { nodeIdentity } from '../../hal/node/index.ts';
import type { Claims, DeviceEntry, Digest, Release, Work } from '../../gateway/contract.ts';
import type { Change, Disk } from '../../gateway/inventory/disk.ts';
import { sha256 } from '../../publisher/bytes.ts';
import type { ReportKey } from '../../publisher/report-key.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const digestOf = (name: string): Digest => Buffer.from(sha256(text(name))).toString('hex');
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

export const entry = (id: string, group = '', more: Partial<DeviceEntry> = {}): DeviceEntry => ({
  id,
  group,
  reportKey: 'sealed',
  ...more,
});

const keyId = text('report');
/** Another for each device. */
export const keyOf = ({ id }: { readonly id: string }): ReportKey => ({
  algorithm: 'hmac-256',
  keyId,
  key: sha256(text(`key of ${id}`)),
});

export interface Told {
  /** Name of the manifest that runs. */
  readonly runs: string;
  readonly sequence?: number;
  readonly accepted?: number;
  readonly trial?: boolean;
  readonly event?: number;
  readonly code?: number;
  readonly check?: string;
  readonly boots?: number;
  /** Manifest that the event happened to, and its sequence. */
  readonly about?: string;
  readonly to?: number;
  /** A session that failed: its code, and the manifest that was offered. */
  readonly session?: readonly [code: number, manifest: string];
}

/** A device as it reports; `id` is what it says it is, `key` whose key it has. */
export class Reporting {
  readonly #reporter: Reporter;
  counter: number;

  constructor(
    id: string,
    { key = id, counter = 1 }: { readonly key?: string; readonly counter?: number } = {},
  ) {
    this.counter = counter;
    const secret = keyOf({ id: key }).key;
    this.#reporter = openReporter({
      identity: nodeIdentity({ device: text(id), keys: [{ kind: 'HMAC', keyId, secret }] }),
      algorithm: 5,
      keyId,
      device: text(id),
      counter: { next: () => this.counter++ },
    });
  }

  report(told: Told): Uint8Array {
    const { runs, sequence = 1, accepted = told.trial ? sequence - 1 : sequence, session } = told;
    const status = statusNew();
    Object.assign(status, { sequence, accepted, trial: told.trial ? 1 : 0, running: 0 });
    status.digest.set(bytesOf(digestOf(runs)));
    if (session) {
      Object.assign(status, { phase: Phase.Failed, code: session[0] });
      status.offeredDigest.set(bytesOf(digestOf(session[1])));
    }
    const report = reportNew();
    Object.assign(report, {
      event: told.event ?? Event.None,
      code: told.code ?? 0,
      to: told.to ?? 0,
      boots: told.boots ?? 0,
      slot: 0,
    });
    report.digest.set(bytesOf(digestOf(told.about ?? runs)));
    report.check.set(text(told.check ?? ''));
    const into = new Uint8Array(REPORT_MAX);
    const length = this.#reporter.write(into, { status, report });
    if (length < 0) throw new Error(`report ${length}`);
    return into.slice(0, length);
  }
}

export const CLAIMS: Claims = { link: 'coap', authenticated: false };

export const workOf = (id: string, title: string, more: Partial<Work> = {}): Work => ({
  id,
  source: {
    envelope: { url: `https://updates.example/${title}.suit`, name: 'update.suit', sizeMax: 4096 },
    files: [],
  },
  download: 'forced',
  update: 'forced',
  title,
  ...more,
});

/** Its manifest is known by its name. */
export const releaseOf = (name: string, sequence: number, more: Partial<Release> = {}): Release => ({
  id: digestOf(`envelope of ${name}`),
  manifestDigest: digestOf(name),
  vendor: undefined,
  classId: undefined,
  sequence,
  securityVersion: 1,
  envelope: { name: 'update.suit', digest: digestOf(`envelope of ${name}`), size: 300 },
  payloads: [],
  ...more,
});

/** What outlives the process is in `cells`. */
export class MemoryDisk implements Disk {
  readonly cells: Map<string, Uint8Array>;
  /** Writes that are still to fail. */
  failing = 0;
  writes = 0;

  constructor(cells: Map<string, Uint8Array> = new Map()) {
    this.cells = cells;
  }

  async *load(): AsyncIterable<readonly [string, Uint8Array]> {
    yield* [...this.cells].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async write(changes: readonly Change[]): Promise<void> {
    await Promise.resolve();
    this.writes++;
    if (this.failing-- > 0) throw new Error('no room');
    this.failing = 0;
    for (const { key, value } of changes) {
      if (value === undefined) this.cells.delete(key);
      else this.cells.set(key, value.slice());
    }
  }

  async close(): Promise<void> {}
}
