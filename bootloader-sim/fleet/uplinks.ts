/** The ways to a server that devices have: a gateway they check in at, and a static folder that they look into. */
import * as Err from '../../agent/err.ts';
import { statusNew } from '../../agent/report.ts';
import { WAKE_BOUNDS } from '../../hal/check-in/decide.ts';
import type { WakeBounds } from '../../hal/check-in/decide.ts';
import { POLL, pollNew } from '../../hal/http/latest.ts';
import type { Poll } from '../../hal/http/latest.ts';
import { checkInMemory, checkInOver } from '../../hal/node/check-in.ts';
import type { CheckInAgent, CheckInMemory } from '../../hal/node/check-in.ts';
import { heldReceiver, update } from '../../hal/node/http.ts';
import type { HttpDelivery } from '../../hal/node/http.ts';
import { HttpError } from '../../hal/node/http-error.ts';
import { latestAsk } from '../../hal/node/http-latest.ts';
import type { Awake, Contact, Uplink } from './contract.ts';

export interface CheckInUplinkOptions {
  /** Of the gateway: coap or http(s). */
  readonly url: string;
  /** Of the wait to the next check-in, seconds. */
  readonly bounds?: WakeBounds | undefined;
  /** PEM, for https. */
  readonly ca?: string | undefined;
}

/** The agent while its board runs: what comes after that is said by nobody. */
const whileAlive = ({ agent, alive }: Awake): CheckInAgent => {
  const held = (call: () => number): number => (alive() ? call() : Err.BadState);
  return {
    ...heldReceiver(agent, held),
    activate: () => held(() => agent.activate()),
    cancel: () => held(() => agent.cancel()),
    status: (into) => held(() => agent.status(into)),
    report: (into) => held(() => agent.report(into)),
  };
};

/** As hal/node/check-in.ts does it. A token of HTTP is not given: the gateway has to take devices without one. */
export const checkInUplink = ({ url, bounds = WAKE_BOUNDS, ca }: CheckInUplinkOptions): Uplink => {
  // What a device remembers, it remembers until its next reset.
  const memories = new Map<string, { readonly boots: number; readonly memory: CheckInMemory }>();
  const memoryOf = ({ device }: Awake): CheckInMemory => {
    const { boots } = device.board;
    const known = memories.get(device.id);
    if (known?.boots === boots) return known.memory;
    const memory = checkInMemory();
    memories.set(device.id, { boots, memory });
    return memory;
  };
  const streams = /^http/i.test(url);
  return {
    name: `check-in at ${url}`,
    hears: true,
    async contact(awake) {
      const { device, alive, signal } = awake;
      const { random, reporter, link, board } = device;
      const checked = await checkInOver({
        agent: whileAlive(awake),
        url,
        device: device.id,
        reporter,
        memory: memoryOf(awake),
        bounds,
        random,
        seconds: () => board.seconds,
        coap: { ...link.coap, alive, signal, random },
        http: { alive, signal, random, ...(ca === undefined ? {} : { ca }) },
      });
      const { code, exchanges, wake, activated, fetched } = checked;
      return {
        code,
        heard: exchanges > 0,
        wait: wake,
        activated,
        requests: streams ? exchanges + (fetched === undefined ? 0 : 2) : 0,
        received: fetched?.bytesSent ?? 0,
      };
    },
  };
};

export interface FolderUplinkOptions {
  /** Of latest.json. */
  readonly url: string;
  readonly bounds?: WakeBounds | undefined;
  readonly ca?: string | undefined;
}

interface Fetched extends Pick<HttpDelivery, 'code' | 'requests' | 'bytesSent'> {
  readonly activated: boolean;
}

const fetched = async (awake: Awake, envelopeUrl: string, ca: string | undefined): Promise<Fetched> => {
  const { agent, alive, signal, device } = awake;
  const { random } = device;
  try {
    const limits = { alive, signal, random, ...(ca === undefined ? {} : { ca }) };
    const delivery = await update(agent, { ...limits, envelopeUrl });
    const code = delivery.code < 0 ? delivery.code : agent.activate();
    return { ...delivery, code, activated: code >= 0 };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { code: error.code, requests: 1, bytesSent: 0, activated: false };
  }
};

/** A folder of `flipside publish` over HTTP: each device asks for itself, and nobody orders who begins. */
export const folderUplink = ({ url, bounds = WAKE_BOUNDS, ca }: FolderUplinkOptions): Uplink => {
  const polls = new Map<string, Poll>();
  const status = statusNew();
  const limits = { ...POLL, usual: bounds.usual, least: bounds.least, longest: bounds.most };
  return {
    name: `the folder at ${url}`,
    hears: false,
    async contact(awake): Promise<Contact> {
      const { device, agent, signal } = awake;
      const poll = polls.get(device.id) ?? pollNew(limits, device.random);
      polls.set(device.id, poll);
      agent.status(status);
      const { sequence } = status;
      const common = { latestUrl: url, sequence, poll, signal, ...(ca === undefined ? {} : { ca }) };
      const latest = await latestAsk({ ...common, random: device.random });
      const asked = { heard: latest.code >= 0, wait: latest.wait };
      if (!latest.newer) return { ...asked, code: latest.code, activated: false, requests: 1, received: 0 };
      const { code, activated, requests, bytesSent } = await fetched(awake, latest.envelopeUrl, ca);
      return { ...asked, code, activated, requests: requests + 1, received: bytesSent };
    },
  };
};

/** An agent that refuses what it went back from says so each time: no trouble of the way. */
export const isTrouble = (code: number): boolean => code < 0 && code !== Err.Reverted;
