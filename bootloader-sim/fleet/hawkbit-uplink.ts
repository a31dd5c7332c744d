/** Devices of a hawkBit server: each with the client of hal/hawkbit, asleep between two contacts. */
import { restart } from '../life.ts';
import { openHawkbitDevice } from '../../hal/node/hawkbit-device.ts';
import { keepMemory } from '../../hal/node/keep.ts';
import type { Keep } from '../../hal/ports.ts';
import type { Contact, Uplink } from './contract.ts';

export interface HawkbitUplinkOptions {
  /** `http(s)://HOST[:PORT]/TENANT/controller/v1`. */
  readonly url: string;
  /** Of a device; or the tenant's, which speaks for all of them. */
  readonly token: (id: string) => string;
  readonly kind: 'target' | 'gateway';
  readonly ca?: string | undefined;
}

/** Seconds to the next contact of one that restarts. */
const RESTARTED = 30;

export const hawkbitUplink = ({ url, token, kind, ca }: HawkbitUplinkOptions): Uplink => {
  const keeps = new Map<string, Keep>();
  const keepOf = (id: string): Keep => {
    const keep = keeps.get(id) ?? keepMemory();
    keeps.set(id, keep);
    return keep;
  };
  return {
    name: `hawkBit at ${url}`,
    hears: true,
    async contact({ device, agent, alive, signal }): Promise<Contact> {
      const { id, reporter, random, board } = device;
      let restarted = false;
      let heard = true;
      let code = 0;
      const client = openHawkbitDevice({
        url: `${url.replace(/\/+$/, '')}/${id}`,
        token: token(id),
        kind,
        agent,
        keep: keepOf(id),
        prove: (into, status, report) => reporter.write(into, { status, report }),
        random,
        alive,
        signal,
        restart: () => {
          restarted = true;
          restart(board);
        },
        onStage: (_, why) => (code = why),
        onTrouble: () => (heard = false),
        ...(ca === undefined ? {} : { ca }),
      });
      try {
        const milliseconds = await client.contact();
        const { requests, received } = client;
        const wait = Number.isFinite(milliseconds) ? milliseconds / 1000 : RESTARTED;
        return { code, heard, wait, activated: restarted, requests, received };
      } finally {
        client.close();
      }
    },
  };
};
