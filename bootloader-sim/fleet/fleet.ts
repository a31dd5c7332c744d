/**
 * A fleet of simulated boards against a real server, in one process and in real time: each device is the agent and a driver
 * on a flash of its own, wakes when it was told to, and at the end is booted once more for the verdict.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setMaxListeners } from 'node:events';
import type { BoardImage } from '../../hal/node/boards.ts';
import type { Fleet, FleetDevice, FleetOptions, FleetOutcome } from './contract.ts';
import { deviceNew, drawn, factoryImage, FAIL_KINDS, fatesOf, stateOf, toldBy } from './device.ts';
import type { Shared } from './device.ts';
import { contactOf, liveOn, rests } from './live.ts';
import { memoryHeld } from './memory.ts';
import { isTrouble } from './uplinks.ts';
import { verdictOf } from './verdict.ts';

const TOGETHER = 64;
const QUIET = 90;
const SPAN = 3600;
/** Seconds of the devices over which their first wakes are spread. */
const SPREAD = 60;
/** Seconds to the next contact of one whose power went. */
const RETRY = 60;
/** Seconds in which a trial goes by, and a device that has restarted is in contact anew. */
const STEP = 30;
const LOOK = 1000;

/** As many at once as there are places. */
class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async with<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

const isThrough = ({ state }: FleetDevice): boolean => state === 'new' || state === 'reverted';

class SimulatedFleet implements Fleet {
  readonly devices: readonly FleetDevice[];
  readonly #options: FleetOptions;
  readonly #image: BoardImage;
  readonly #speed: number;
  readonly #places: Places;
  readonly #end = new AbortController();
  readonly #contacts = new Set<AbortController>();
  #changed = 0;
  #settled = false;
  readonly #before = memoryHeld();

  constructor(shared: Shared) {
    const { options, image } = shared;
    const { members, links = [], speed = 1, together = TOGETHER } = options;
    setMaxListeners(0, this.#end.signal);
    this.#options = options;
    this.#image = image;
    this.#speed = speed;
    this.#places = new Places(together);
    this.devices = members.map(({ id, group }, at) =>
      deviceNew(shared, id, group, links.length === 0 ? undefined : links[at % links.length]),
    );
  }

  ownBytes(): number {
    let sum = 0;
    for (const { board } of this.devices)
      for (const { ownBytes } of Object.values(board.flash.devices)) sum += ownBytes;
    return sum;
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#end;
    await pause(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  /** What has become of it; whether that is news. */
  #look(device: FleetDevice): boolean {
    const state = stateOf(toldBy(device.board), this.#options.factory.sequence);
    if (state !== device.state || state === 'trial') this.#changed = Date.now();
    const news = state !== device.state;
    device.state = state;
    return news;
  }

  /** One contact. Seconds of the device to the next one. */
  async #wake(device: FleetDevice): Promise<number> {
    const { uplink, onWake } = this.#options;
    this.#look(device);
    const before = device.state;
    const own = new AbortController();
    this.#contacts.add(own);
    const contact = await contactOf(device, uplink, own.signal);
    this.#contacts.delete(own);
    if (contact === undefined) return RETRY;
    await this.#pause(device.link.streamTime(contact.requests, contact.received));
    const off = !device.board.flash.power.powered;
    const trouble = isTrouble(contact.code) && !off && !own.signal.aborted;
    device.trouble = trouble ? contact.code : 0;
    if (trouble) device.counts.troubles++;
    if (contact.received > 0) this.#changed = Date.now();
    this.#look(device);
    device.ended = isThrough(device) && contact.heard && device.state === before;
    onWake?.(device);
    return off ? RETRY : contact.wait;
  }

  /** Lets the time to the next contact go by; cut short where it has restarted and is at rest again. */
  async #live(device: FleetDevice, wait: number): Promise<void> {
    const { uplink } = this.#options;
    for (let left = wait; left > 0;) {
      const seconds = rests(device.board) ? left : Math.min(STEP, left);
      await this.#pause((seconds * 1000) / this.#speed);
      if (this.#end.signal.aborted) return;
      liveOn(device.board, seconds);
      left -= seconds;
      if (this.#look(device)) break;
    }
    if (!uplink.hears && isThrough(device)) device.ended = true;
  }

  async #life(device: FleetDevice): Promise<void> {
    const { signal } = this.#end;
    await this.#pause((device.random() * SPREAD * 1000) / this.#speed);
    while (!device.ended && !signal.aborted) {
      const wait = await this.#places.with(() => (signal.aborted ? Promise.resolve(0) : this.#wake(device)));
      if (!device.ended) await this.#live(device, wait);
    }
  }

  /** Ends it where nothing more is to come. */
  #watch(began: number): void {
    const { quiet = QUIET, span = SPAN, over, signal } = this.#options;
    const now = Date.now();
    const underWay = this.devices.some(
      ({ state, ended }) => !ended && (state === 'receiving' || state === 'trial'),
    );
    const through = over?.() === true && !underWay;
    if (through) this.#settled = true;
    const still = now - this.#changed > quiet * 1000;
    if (through || still || now - began > span * 1000 || signal?.aborted === true) this.#stop();
  }

  async run(): Promise<FleetOutcome> {
    const began = Date.now();
    const worked = process.cpuUsage();
    this.#changed = began;
    const timer = setInterval(() => this.#watch(began), LOOK);
    try {
      await Promise.all(this.devices.map((device) => this.#life(device)));
    } finally {
      clearInterval(timer);
    }
    const took = (Date.now() - began) / 1000;
    const { user, system } = process.cpuUsage(worked);
    const grown = memoryHeld() - this.#before;
    const ownFlash = this.ownBytes();
    const settled = this.#settled || this.devices.every(({ ended }) => ended);
    const verdicts = this.devices.map((device) => verdictOf(device, this.#options, this.#image));
    return {
      verdicts,
      took,
      seconds: took * this.#speed,
      settled,
      grown,
      ownFlash,
      cpu: (user + system) / 1e6,
    };
  }

  #stop(): void {
    this.#end.abort();
    for (const contact of this.#contacts) contact.abort();
  }

  close(): void {
    this.#stop();
    for (const { board } of this.devices) board.close();
  }
}

/** Throws RangeError where it cannot be: no devices, one id twice, an id that is none. */
export const openFleet = (options: FleetOptions): Fleet => {
  const { members, fail = 0, cut = 0, kinds = FAIL_KINDS, seed = 1 } = options;
  const ids = members.map(({ id }) => id);
  if (ids.length === 0) throw new RangeError('fleet: no devices');
  if (new Set(ids).size !== ids.length) throw new RangeError('fleet: an id is there twice');
  return new SimulatedFleet({
    options,
    image: factoryImage(options),
    fates: fatesOf(ids, fail, kinds, seed),
    cut: new Set(drawn(ids, cut, seed, 'loses power')),
  });
};
