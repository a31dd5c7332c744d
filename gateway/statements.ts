/**
 * What publishers sign of the latest sequence (docs/SPEC.md section 13.1), passed on to devices: the newest of each class,
 * proven by the anchors of the configuration, in the store as any other artefact. A gateway decides nothing by it: it is
 * there so that devices notice what a gateway, or whoever is above it, withholds.
 */
import * as Err from '../agent/err.ts';
import { STATEMENT_MAX } from '../agent/format/statement.ts';
import { anchorRecord } from '../publisher/anchors.ts';
import type { AnchorFile } from '../publisher/anchors.ts';
import { deviceStatement } from '../publisher/device.ts';
import { codeText, explain } from '../publisher/explain.ts';
import { uuidText } from '../publisher/identifiers.ts';
import { statementRead } from '../publisher/statement.ts';
import type { StatementView } from '../publisher/statement.ts';
import type { Artefact, DeviceEntry, Digest, Instant, Inventory } from './contract.ts';
import { releaseError } from './fetch/error.ts';
import { contentOf } from './store/store.ts';
import type { Store } from './store/types.ts';

export interface StatementsOptions {
  readonly store: Pick<Store, 'find' | 'read' | 'put'>;
  readonly inventory: Pick<Inventory, 'setting' | 'settings' | 'keep'>;
  readonly entries: readonly DeviceEntry[];
  readonly anchors: readonly AnchorFile[];
  readonly pin: (digests: readonly Digest[]) => void;
  readonly now?: (() => Instant) | undefined;
}

/** In the inventory, by class: `<digest> <sequence> <issued>`. */
const KEPT = 'statement/';
/** What a device that sees it first may make of one that is passed on: expired ones still accuse. */
const PASSED_ON: readonly number[] = [0, Err.SourceWithholds, Err.StatementExpired];

interface Kept {
  readonly digest: Digest;
  readonly sequence: number;
  readonly issued: number;
}

const keptRead = (text: string): Kept => {
  const [digest = '', sequence = '', issued = ''] = text.split(' ');
  return { digest, sequence: Number(sequence), issued: Number(issued) };
};

const isOlder = (a: Omit<Kept, 'digest'>, b: Omit<Kept, 'digest'>): boolean =>
  a.sequence === b.sequence ? a.issued < b.issued : a.sequence < b.sequence;

export class Statements {
  readonly #options: StatementsOptions;
  /** Of those whose anchors hold. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: StatementsOptions) {
    this.#options = options;
    for (const [key, text] of options.inventory.settings(KEPT)) this.#recall(key, keptRead(text));
    this.#pin();
  }

  /** What `s/<class>` is. */
  of(classId: string): Artefact | undefined {
    const kept = this.#kept.get(classId);
    return kept && this.#options.store.find(kept.digest);
  }

  /** Takes it if it is as new as the one there. Throws ReleaseError where it proves nothing, or is older. */
  async take(bytes: Uint8Array, where: string): Promise<Digest> {
    const { view, classId } = this.#prove(bytes, where);
    const { store, inventory } = this.#options;
    this.#rises(view, classId, where);
    const { digest } = await store.put(bytes);
    // Another may have been taken meanwhile.
    this.#rises(view, classId, where);
    const { sequence, issued } = view;
    this.#kept.set(classId, { digest, sequence, issued });
    inventory.keep(KEPT + classId, `${digest} ${sequence} ${issued}`);
    this.#pin();
    return digest;
  }

  #rises(view: StatementView, classId: string, where: string): void {
    const before = this.#options.inventory.setting(KEPT + classId);
    const kept = before === undefined ? undefined : keptRead(before);
    if (kept === undefined || !isOlder(view, kept)) return;
    const what = `${where}: a statement of sequence ${view.sequence}, older than that of ${kept.sequence}`;
    throw releaseError(Err.StatementOld, `${what} which was there before`);
  }

  #pin(): void {
    this.#options.pin([...this.#kept.values()].map(({ digest }) => digest));
  }

  #prove(bytes: Uint8Array, where: string): { readonly view: StatementView; readonly classId: string } {
    const view = viewOf(bytes, where);
    const { vendor, sequence, manifestDigest } = view;
    const classId = uuidText(view.classId);
    const ours = this.#options.entries.filter((entry) => entry.classId === classId);
    const named = ours.filter((entry) => entry.vendor !== undefined);
    if (named.length > 0 && named.every((entry) => entry.vendor !== uuidText(vendor)))
      throw refused(Err.WrongVendor, where);
    const code = deviceStatement(bytes, {
      vendor,
      classId: view.classId,
      anchors: this.#options.anchors.map(anchorRecord),
      now: Math.floor((this.#options.now ?? Date.now)() / 1000),
      sequence,
      manifestDigest,
    });
    if (PASSED_ON.includes(code)) return { view, classId };
    throw refused(code, where);
  }

  /** Its anchor may be none any more: then what comes need not be newer. One that is gone is asked for again, and is not older. */
  #recall(key: string, kept: Kept): void {
    const { store, inventory } = this.#options;
    const found = store.find(kept.digest);
    if (found === undefined) return;
    try {
      if (!(found.size <= STATEMENT_MAX)) throw refused(Err.Statement, key);
      const { classId } = this.#prove(contentOf(store, found), key);
      this.#kept.set(classId, kept);
    } catch {
      inventory.keep(key, undefined);
    }
  }
}

const refused = (code: number, where: string): Error => {
  const { sentence = '', advice = '' } = explain(code) ?? {};
  return releaseError(
    code,
    `${where}: no statement that devices take, ${codeText(code)}: ${sentence} ${advice}`,
  );
};

const viewOf = (bytes: Uint8Array, where: string): StatementView => {
  if (!(bytes.length <= STATEMENT_MAX)) throw refused(Err.Statement, where);
  try {
    return statementRead(bytes, where);
  } catch (error) {
    throw releaseError(Err.Statement, error instanceof Error ? error.message : String(error));
  }
};
