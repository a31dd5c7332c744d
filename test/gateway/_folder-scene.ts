/** A gateway under a folder of `flipside publish`, and devices that wake behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ExecutionContext } from 'ava';
import { openGateway } from '../../gateway/gateway.ts';
import type { Gateway, GatewayOptions } from '../../gateway/gateway.ts';
import { fileServer } from './_folder.ts';
import type { FileServer } from './_folder.ts';
import { deviceStatus, deviceWake, gatewayWritten } from './_world.ts';
import type { Device, Packed } from './_world.ts';

const PATIENCE = 30_000;
const ROUNDS = 25;

export interface FolderScene {
  readonly server: FileServer;
  /** Of the gateway. */
  readonly folder: string;
  gateway(): Gateway;
  /** Opens it, in place of the one before. */
  open(fields?: Readonly<Record<string, unknown>>, pace?: GatewayOptions['pace']): Promise<Gateway>;
  /** What the status page says of upstream. */
  trouble(): Promise<string>;
  /** A device, as the status API has it. */
  seen(
    id: string,
  ): Promise<{ readonly work?: { readonly state: string } | null; readonly report?: object | null }>;
  wake(device: Device): ReturnType<typeof deviceWake>;
  until(what: string, devices: readonly Device[], holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Long enough that what is going to happen has. */
  rounds(devices: readonly Device[]): Promise<void>;
}

export type Entry = { readonly id: string; readonly vendor?: string; readonly classId?: string };

export const folderScene = async (
  t: ExecutionContext,
  entries: readonly Entry[],
  secure?: string,
): Promise<FolderScene> => {
  const server = await fileServer(secure);
  const folder = mkdtempSync(join(tmpdir(), 'flipside-gateway-'));
  let gateway: Gateway | undefined;
  t.teardown(async () => {
    await gateway?.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const wake = (device: Device): ReturnType<typeof deviceWake> => deviceWake(device, gateway!.coap!);
  const round = async (devices: readonly Device[]): Promise<void> => {
    for (const device of devices) await wake(device);
    await new Promise((done) => setTimeout(done, 30));
  };
  const trouble = async (): Promise<string> => {
    const answer = await fetch(`${gateway!.status!}api/status`);
    const { upstreams } = (await answer.json()) as { upstreams: { trouble: string }[] };
    return upstreams[0]!.trouble;
  };
  return {
    server,
    folder,
    gateway: () => gateway!,
    wake,
    trouble,
    async seen(id) {
      const answer = await fetch(`${gateway!.status!}api/devices/${id}`);
      return (await answer.json()) as Awaited<ReturnType<FolderScene['seen']>>;
    },
    async open(fields = {}, pace = {}) {
      await gateway?.close();
      gateway = undefined;
      gateway = await openGateway({
        ...gatewayWritten(folder, entries, {
          upstream: { kind: 'folder', urls: [`${server.origin}/lamps`] },
          status: { port: 0 },
          ...(secure === undefined ? {} : { ca: resolve('test/http/certificates/authority.pem') }),
          ...fields,
        }),
        pace: { least: 0.02, usual: 0.05, again: 0.02, settle: 0, ...pace },
      });
      return gateway;
    },
    async until(what, devices, holds) {
      for (const end = Date.now() + PATIENCE; !(await holds());) {
        if (Date.now() > end)
          throw new Error(`${what}: never; ${await trouble()}; ${server.asked.slice(-9).join(', ')}`);
        await round(devices);
      }
    },
    async rounds(devices) {
      for (let count = 0; count < ROUNDS; count++) await round(devices);
    },
  };
};

/** It runs it for good. */
export const confirmed = (device: Device, { sequence }: Packed): boolean => {
  const status = deviceStatus(device);
  return status.sequence === sequence && status.accepted === sequence && status.trial === 0;
};
