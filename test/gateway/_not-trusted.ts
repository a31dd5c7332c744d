/** A device, a gateway that is not honest before the real one, releases, and what such a gateway may do with them. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ExecutionContext } from 'ava';
import type { Behaviour } from '../../bootloader-sim/index.ts';
import type { CheckedIn } from '../../hal/node/check-in.ts';
import { classIdentifier, uuidText } from '../../publisher/index.ts';
import { evilGateway } from './_evil.ts';
import type { Act, Evil } from './_evil.ts';
import { published, statedUntil, statementOver } from './_folder.ts';
import { folderScene } from './_folder-scene.ts';
import type { FolderScene } from './_folder-scene.ts';
import { classId, deviceNew, deviceWake, freezeNew, packed, stranger, vendor } from './_world.ts';
import type { Device, Packed } from './_world.ts';

export const NOW: number = Math.floor(Date.now() / 1000);
const HOUR = 3600;
const ids = { vendor: uuidText(vendor), classId: uuidText(classId) };
export const older: Packed = packed(1);
export const old: Packed = packed(2, [1]);
/** None of its blocks are there already: each byte is needed. */
export const fresh: Packed = packed(3, [0, 1, 2, 3, 4, 5]);
export const later: Packed = packed(4, [3]);
export const forged: Packed = packed(5, [4], { signer: stranger });
export const plug: Packed = packed(9, [5], { classId: classIdentifier(vendor, 'plug') });
export const stated = (one: Packed, seconds: number, issued: number = NOW - 60): Uint8Array =>
  statementOver(one, { issued, expires: NOW + seconds });

/** Where the real gateway has it. */
export const FRESH: string = `r/${createHash('sha256').update(fresh.envelope).digest('hex')}/update.suit`;

/** For how long statements hold that the publisher lays beside a release. */
export const HOLDS: number = 10 * HOUR;

export interface World {
  readonly scene: FolderScene;
  readonly evil: Evil;
  readonly device: Device;
  readonly clock: { now: number };
  wake(): Promise<CheckedIn>;
  report(): Promise<string>;
  /** Release 3 is published, and the gateway has it. */
  released(): Promise<void>;
  /** Wakes it until its report, as the real gateway has it, says so. */
  says(pattern: RegExp): Promise<void>;
}

const BRIEF = { timeout: 1000, retries: 1, backOff: 1, rate: { bytes: 20_000, window: 300 } };

export const worldNew = async (
  t: ExecutionContext,
  behaviour: Behaviour = { kind: 'healthy' },
): Promise<World> => {
  const scene = await folderScene(t, [{ id: 'a', ...ids }]);
  const publish = (one: Packed): void =>
    void published(scene.server, 'lamps', one, { statement: statedUntil(NOW - 60, 60 + HOLDS) });
  publish(old);
  await scene.open({ http: { port: 0, insecure: true } });
  const evil = await evilGateway(t, () => scene.gateway().http!);
  const device = deviceNew('a', old, [[fresh, behaviour]]);
  const clock = { now: NOW };
  const freeze = freezeNew(clock);
  const wake = (): Promise<CheckedIn> => deviceWake(device, evil.url, { freeze, http: BRIEF });
  const report = async (): Promise<string> => JSON.stringify((await scene.seen('a')).report);
  return {
    scene,
    evil,
    device,
    clock,
    wake,
    report,
    async released() {
      publish(fresh);
      const there = async (): Promise<boolean> => (await fetch(`${scene.gateway().http!}${FRESH}`)).ok;
      await scene.until('the gateway has 3', [], there);
    },
    async says(pattern) {
      for (const end = Date.now() + 30_000; ;) {
        const said = await report();
        if (pattern.test(said)) return;
        if (Date.now() > end) throw new Error(`never ${pattern}: it says ${said}`);
        await wake();
        await new Promise((done) => setTimeout(done, 20));
      }
    },
  };
};

export const envelopeOr = (path: string): boolean => path.endsWith('/update.suit');
export const inPlace =
  (which: (path: string) => boolean, by: (real: Uint8Array) => Uint8Array | null): NonNullable<Act['file']> =>
  (path, real) =>
    which(path) && real !== undefined ? by(real) : undefined;
export const ofPayload = (path: string): boolean => path.endsWith('.bin');
export const ofStatement = (path: string): boolean => path.startsWith('s/');
export const forward = (one: Packed): Act => ({
  orders: (real) => ({
    ...real,
    path: `r/${'0'.repeat(64)}/update.suit`,
    download: 'forced',
    update: 'forced',
  }),
  file: (path) => (envelopeOr(path) ? one.envelope : ofPayload(path) ? one.payload : undefined),
});
export const stall = (response: ServerResponse): void =>
  void response.writeHead(200, { 'content-length': 1e6 }).flushHeaders();
export const trickle = (response: ServerResponse): void => {
  stall(response);
  const timer = setInterval(() => response.write('x'), 50).unref();
  response.once('close', () => clearInterval(timer));
};
export const leads =
  (location: string) =>
  (response: ServerResponse): void =>
    void response.writeHead(302, { location, 'content-length': 0 }).end();

/** An honest offer, also to a device whose work has failed. */
export const offering: Act = {
  orders: (real) => ({
    ...real,
    path: FRESH,
    download: 'forced',
    update: 'forced',
  }),
};

export function inPlaceBy(
  which: (path: string) => boolean,
  by: (response: ServerResponse) => void,
): NonNullable<Act['file']> {
  return (path) => (which(path) ? by : undefined);
}
