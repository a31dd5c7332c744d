/** Fleets, plans and orders of events as they may come, restarts in between. */
import fc from 'fast-check';
import test from 'ava';
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { DeviceRecord, GroupPlan, Inventory, Plan, Rollout } from '../../gateway/contract.ts';
import { isCalledOff } from '../../gateway/inventory/begun.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import type { Groups } from '../../gateway/rollout/groups.ts';
import { openRollout } from '../../gateway/rollout/rollout.ts';
import { CLAIMS, digestOf, entry, keyOf, MemoryDisk, releaseOf, Reporting, workOf } from './_devices.ts';
import type { Told } from './_devices.ts';
import type { Ledger, Truth } from './_truth.ts';

const NAMES = ['a', 'b', 'c'] as const;
const IDS: readonly string[] = NAMES.flatMap((name) => [1, 2, 3].map((at) => `${name}-${at}`));
const TITLES = ['app 2', 'app 3', 'app 4'];
const SEQUENCES: Readonly<Record<string, number>> = { 'app 2': 12, 'app 3': 13, 'app 4': 14 };
const PATIENCE = 600;
const SETTLE = 5;
const BASE = { runs: 'base', sequence: 1 };

type Action =
  | { readonly kind: 'give' | 'take'; readonly at: number; readonly title: number }
  | { readonly kind: 'giveAll'; readonly title: number }
  | { readonly kind: 'begin' | 'beginAll'; readonly at: number }
  | {
      readonly kind: 'stage' | 'try' | 'confirm' | 'revert' | 'fault' | 'later' | 'rest';
      readonly at: number;
      readonly says: boolean;
    }
  | { readonly kind: 'replay' | 'forge' | 'word'; readonly at: number }
  | { readonly kind: 'pause' | 'resume'; readonly at: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'wait'; readonly seconds: number };

const at = fc.nat({ max: IDS.length - 1 });
const title = fc.nat({ max: TITLES.length - 1 });
const kinds = <const K extends string>(...names: K[]): fc.Arbitrary<K> => fc.constantFrom(...names);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: kinds('give', 'take'), at, title }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds('giveAll'), title }) },
  { weight: 6, arbitrary: fc.record({ kind: kinds('begin', 'beginAll'), at }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: kinds('stage', 'try', 'confirm', 'confirm', 'revert', 'fault', 'later', 'rest'),
      at,
      says: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kinds('replay', 'forge', 'word'), at }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('pause', 'resume', 'resume'), at: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('restart') }) },
  { weight: 3, arbitrary: fc.record({ kind: kinds('wait'), seconds: fc.constantFrom(1, 10, PATIENCE + 1) }) },
);

const groupPlan = (name: string, earlier: readonly string[]): fc.Arbitrary<GroupPlan> =>
  fc.record(
    {
      name: fc.constant(name),
      devices: fc.constant([`${name}-*`]),
      after: fc.subarray([...earlier]),
      success: fc.constantFrom(0, 0.5, 1),
      failures: fc.constantFrom<number | string>(1, 2, '50%', '100%'),
      together: fc.constantFrom(1, 2),
    },
    { requiredKeys: ['name', 'devices'] },
  );

const plans: fc.Arbitrary<Plan> = fc.record({
  groups: fc.tuple(groupPlan('a', []), groupPlan('b', ['a']), groupPlan('c', ['a', 'b'])),
  pairs: fc.array(fc.subarray([...IDS], { minLength: 2, maxLength: 3 }), { maxLength: 3 }),
});

class World {
  readonly #plan: Plan;
  readonly #entries = IDS.map((id) => entry(id));
  readonly #groups: Groups;
  readonly #truths: Map<string, Truth>;
  readonly #ledger: Ledger = { failed: new Map(), stopped: new Set() };
  #disk = new MemoryDisk();
  #now = 1_000_000;
  #actions = 0;
  #inventory!: Inventory;
  #rollout!: Rollout;
  began = 0;
  stops = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#groups = groupsOf(plan, this.#entries);
    this.#truths = new Map(
      IDS.map((id) => [
        id,
        {
          device: new Reporting(id),
          ...BASE,
          told: undefined,
          onTrial: false,
          staged: false,
          last: undefined,
          sent: [],
        },
      ]),
    );
  }

  async open(): Promise<void> {
    const disk = new MemoryDisk(this.#disk.cells);
    this.#disk = disk;
    this.#inventory = await openInventory({ folder: 'm', disk, entries: this.#entries, keyOf });
    this.#rollout = this.#fresh();
  }

  #fresh(): Rollout {
    const [plan, entries, inventory] = [this.#plan, this.#entries, this.#inventory];
    return openRollout({
      inventory,
      plan,
      entries,
      patience: PATIENCE,
      settle: SETTLE,
      now: () => this.#now,
    });
  }

  #gates(rollout: Rollout): string[] {
    // Of several that hold it, one is named: which, is not the law.
    return this.#inventory
      .devices()
      .map((device) => `${device.id} ${rollout.gate(device).kind === 'open' ? 'open' : 'closed'}`);
  }

  async run(one: Action): Promise<void> {
    switch (one.kind) {
      case 'give':
        return this.#give(IDS[one.at]!, TITLES[one.title]!);
      case 'take':
        return this.#inventory.wanted(IDS[one.at]!, undefined, this.#now);
      case 'giveAll':
        for (const id of IDS) this.#give(id, TITLES[one.title]!);
        return;
      case 'begin':
        return this.#begin(IDS[one.at]!);
      case 'beginAll':
        for (let by = 0; by < IDS.length; by++) this.#begin(IDS[(one.at + by) % IDS.length]!);
        return;
      case 'replay':
      case 'forge':
        return this.#strange(IDS[one.at]!, one.kind);
      case 'word':
        return void this.#inventory.moved(IDS[one.at]!, 'failed', 0, 'it says', this.#now);
      case 'pause':
        return this.#rollout.pause(NAMES[one.at]!);
      case 'resume':
        return this.#resume(NAMES[one.at]!);
      case 'restart':
        return this.#restart();
      case 'wait':
        this.#now += one.seconds * 1000;
        return;
      default:
        return this.#live(this.#someone(one.at), one.kind, one.says);
    }
  }

  #give(id: string, name: string): void {
    this.#inventory.wanted(id, workOf(String(++this.#actions), name), this.#now);
  }

  #resume(name: string): void {
    this.#rollout.resume(name);
    for (const key of Array.from(this.#ledger.stopped)) {
      if (!key.startsWith(`${name}/`)) continue;
      this.#ledger.stopped.delete(key);
      this.#ledger.failed.delete(key);
    }
  }

  async #restart(): Promise<void> {
    await this.#inventory.saved();
    const before = this.#gates(this.#rollout);
    await this.open();
    const after = this.#gates(this.#rollout);
    this.#same('a restart changes no gate', before, after);
  }

  #same(law: string, a: readonly string[], b: readonly string[]): void {
    for (const [row, text] of a.entries())
      if (text !== b[row]) throw new Error(`${law}: ${text} / ${b[row]}`);
  }

  /** As the desk does it. */
  #begin(id: string): void {
    const { work } = this.#inventory.device(id)!;
    if (work === undefined || !['waiting', 'fetching', 'ready'].includes(work.state)) return;
    const name = work.work.title;
    if (this.#rollout.gate(this.#inventory.device(id)!).kind !== 'open') return;
    this.#mayBegin(id, name);
    const release = releaseOf(name, SEQUENCES[name]!);
    // The desk asks again once it knows what it offers: the manifest may be one that was stopped under another name.
    this.#inventory.moved(id, 'offered', 0, '', this.#now, release);
    const state = this.#inventory.device(id)!.work!.state;
    if (state !== 'offered') {
      this.#countFailure(id);
      return;
    }
    this.began++;
    const truth = this.#truths.get(id)!;
    if (truth.told !== name) truth.staged = false;
    if (!truth.onTrial) truth.told = name;
  }

  /** The laws, by walks over the fleet. */
  #mayBegin(id: string, name: string): void {
    const own = this.#groups.groups.get(this.#groups.of.get(id)!)!;
    const fail = (law: string): never => {
      throw new Error(`${id} begins ${name}: ${law}`);
    };
    for (const group of [own.name, ...own.before])
      if (this.#ledger.stopped.has(`${group}/${name}`)) fail(`${group} is stopped`);
    for (const group of own.before) {
      const works = this.#members(group).flatMap(({ work }) => (work === undefined ? [] : [work]));
      // Of this release, and of each that is not over there.
      const live = works.filter(
        ({ state }) => !['success', 'reverted', 'failed', 'cancelled'].includes(state),
      );
      for (const one of new Set([name, ...live.map(({ work }) => work.title)])) {
        const counted = works.filter(
          ({ work, state, code, counted: against }) =>
            work.title === one &&
            state !== 'cancelled' &&
            !(state === 'failed' && code === Err.SequenceOld && !against),
        );
        const succeeded = counted.filter(({ state }) => state === 'success').length;
        const share = this.#groups.groups.get(group)!.success;
        if (succeeded < share * counted.length)
          fail(`${group} has ${succeeded} of ${counted.length} of ${one}`);
      }
    }
    const under = this.#members(own.name).filter((other) => other.id !== id && this.#isUnderWay(other.id));
    const heard = under.filter(
      ({ lastSeen, work }) => Math.max(lastSeen, work!.since) + PATIENCE * 1000 > this.#now,
    );
    if (heard.length >= own.together) fail(`${heard.map((one) => one.id).join(', ')} are under way`);
    for (const pair of this.#plan.pairs) {
      if (!pair.includes(id)) continue;
      const other = pair.find((one) => one !== id && this.#isUnderWay(one));
      if (other !== undefined) fail(`its partner ${other} is under way`);
    }
  }

  #isUnderWay(id: string): boolean {
    const { told, onTrial } = this.#truths.get(id)!;
    return told !== undefined || onTrial;
  }

  #members(group: string): DeviceRecord[] {
    return this.#inventory.devices().filter(({ id }) => this.#groups.of.get(id) === group);
  }

  /** Rather one that has something to do. */
  #someone(at: number): string {
    const busy = IDS.filter((id) => this.#isUnderWay(id));
    return busy.length > 0 && at % 4 > 0 ? busy[at % busy.length]! : IDS[at]!;
  }

  /** One step of a device's own life; where it `says` nothing, nobody hears of it yet. */
  #live(id: string, kind: string, says: boolean): void {
    const truth = this.#truths.get(id)!;
    const { told, onTrial } = truth;
    let session: Told | undefined;
    if (kind === 'stage' && told !== undefined && !onTrial) truth.staged = true;
    else if (kind === 'try' && told !== undefined) truth.onTrial = true;
    else if (kind === 'confirm' && told !== undefined) {
      Object.assign(truth, {
        runs: told,
        sequence: SEQUENCES[told],
        told: undefined,
        onTrial: false,
        staged: false,
      });
      truth.last = { ...this.#now0(truth), event: Event.Confirmed, about: told, to: SEQUENCES[told]! };
      says = true;
    } else if (kind === 'revert' && told !== undefined) {
      Object.assign(truth, { told: undefined, onTrial: false, staged: false });
      truth.last = {
        ...this.#now0(truth),
        event: Event.Reverted,
        code: Err.CheckFailed,
        about: told,
        to: SEQUENCES[told]!,
      };
      says = true;
    } else if (kind === 'fault' && told !== undefined && !onTrial) {
      Object.assign(truth, { told: undefined, staged: false });
      session = { ...this.#told(truth), session: [Err.SignatureWrong, told] };
      says = true;
    } else if (kind === 'later' && told !== undefined && !onTrial) {
      session = { ...this.#told(truth), session: [Err.SourceLost, told] };
    }
    if (says) this.#say(id, session ?? this.#told(truth));
  }

  #now0({ runs, sequence }: Truth): Told {
    return { runs, sequence };
  }

  #told(truth: Truth): Told {
    const { told, onTrial, last } = truth;
    if (onTrial) return { ...last, runs: told!, sequence: SEQUENCES[told!]!, trial: true };
    return { ...last, ...this.#now0(truth) };
  }

  #say(id: string, told: Told): void {
    const truth = this.#truths.get(id)!;
    const bytes = truth.device.report(told);
    truth.sent.push(bytes);
    const claims = truth.staged && truth.told ? { ...CLAIMS, staged: digestOf(truth.told) } : CLAIMS;
    const { verified, refusal } = this.#inventory.checkedIn(id, bytes, claims, this.#now);
    if (!verified) throw new Error(`${id}: ${refusal}`);
    this.#countFailure(id);
    // The answer.
    if (!isCalledOff(this.#inventory.device(id)!) || truth.onTrial) return;
    truth.told = undefined;
    truth.staged = false;
  }

  #countFailure(id: string): void {
    const { work } = this.#inventory.device(id)!;
    if (!work?.counted) return;
    const group = this.#groups.of.get(id)!;
    const key = `${group}/${work.work.title}`;
    const failed = this.#ledger.failed.get(key) ?? new Set();
    const by = `${id} ${work.work.id}`;
    if (this.#seen.has(by)) return;
    this.#seen.add(by);
    this.#ledger.failed.set(key, failed.add(id));
    if (failed.size < this.#groups.groups.get(group)!.failureLine(this.#sizes)) return;
    if (!this.#ledger.stopped.has(key)) this.stops++;
    this.#ledger.stopped.add(key);
  }

  readonly #seen = new Set<string>();
  readonly #sizes = 3;

  #strange(id: string, kind: 'replay' | 'forge'): void {
    const { sent } = this.#truths.get(id)!;
    const other = IDS[(IDS.indexOf(id) + 1) % IDS.length]!;
    const forged = new Reporting(id, { key: other, counter: 1e6 }).report({ runs: 'app 2', sequence: 12 });
    const bytes = kind === 'replay' ? sent[this.#actions % Math.max(1, sent.length)] : forged;
    if (bytes === undefined) return;
    const before = this.#inventory.device(id)!;
    const gates = this.#gates(this.#rollout);
    const { verified, device } = this.#inventory.checkedIn(
      id,
      bytes,
      before.claims ?? CLAIMS,
      before.lastSeen,
    );
    const same = { ...device, refusedReports: before.refusedReports, refusal: before.refusal };
    const was = { ...before, claims: device.claims };
    if (verified || JSON.stringify(same) !== JSON.stringify(was))
      throw new Error(`${id}: a ${kind} was taken`);
    this.#same('what is strange changes no gate', gates, this.#gates(this.#rollout));
  }

  /** Behind every step. */
  check(): void {
    const anew = this.#fresh();
    this.#same('counted along, and counted anew', this.#gates(this.#rollout), this.#gates(anew));
    anew.close?.();
    for (const pair of this.#plan.pairs) {
      const under = pair.filter((id) => this.#isUnderWay(id));
      if (under.length > 1) throw new Error(`a pair is under way: ${under.join(', ')}`);
    }
  }
}

test('pairs, groups, lines and stops hold, whatever comes in whatever order', async (t) => {
  let [began, stops] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      plans,
      fc.array(action, { minLength: 30, maxLength: 120, size: 'max' }),
      async (plan, actions) => {
        const world = new World(plan);
        await world.open();
        for (const one of actions) {
          await world.run(one);
          world.check();
        }
        began += world.began;
        stops += world.stops;
      },
    ),
    { numRuns: 250, includeErrorInReport: true },
  );
  t.log(`${began} began, ${stops} stops`);
  t.true(began > 500 && stops > 20, `${began} began, ${stops} stops`);
});
