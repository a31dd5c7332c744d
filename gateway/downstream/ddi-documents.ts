/** What DDI answers: the documents of hawkBit 0.9, as far as docs/SPEC.md section 16 has them. */
import type { DeviceRecord, Orders, Release, ReleaseFile, WorkRecord } from '../contract.ts';
import { isTold } from '../inventory/transitions.ts';

/** An action's number where the server's own name is none: clients read it as a number of 32 bits. */
const NUMBER = /^[1-9]\d{0,9}$/;
const NUMBER_MAX = 2_147_483_647;
const DAY = 86_400;

export const actionOf = ({ work, order = 0 }: WorkRecord): string =>
  NUMBER.test(work.id) && Number(work.id) <= NUMBER_MAX ? work.id : String(order);

/** Of what a device has to do, as it stands; undefined: nothing of it. */
export interface Standing {
  readonly deploy: WorkRecord | undefined;
  readonly cancel: WorkRecord | undefined;
  /**
   * Its group was stopped or paused since it was offered. The link is left out then: to skip an update is what some
   * clients close with success.
   */
  readonly held: boolean;
}

export const standingOf = (
  { work }: DeviceRecord,
  orders: Orders,
  ended: { readonly action: string } | undefined,
): Standing => {
  const none: Standing = { deploy: undefined, cancel: undefined, held: false };
  if (work === undefined || ended?.action === work.work.id) return none;
  if (work.cancelling) return { ...none, cancel: isTold(work.state) ? work : undefined };
  if (orders.path === undefined) return none;
  return { ...none, deploy: work, held: orders.update === 'skip' && work.work.update !== 'skip' };
};

const sleepOf = (seconds: number): string => {
  const rest = Math.min(DAY - 1, Math.max(1, Math.ceil(seconds)));
  const parts = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
};

/** `root`: of this device, `https://host/TENANT/controller/v1/ID`. */
export const baseDocument = (
  root: string,
  orders: Orders,
  { deploy, cancel, held }: Standing,
  wantsData: boolean,
): object => {
  const links: Record<string, { readonly href: string }> = {};
  if (deploy !== undefined && !held)
    links['deploymentBase'] = { href: `${root}/deploymentBase/${actionOf(deploy)}` };
  if (cancel !== undefined) links['cancelAction'] = { href: `${root}/cancelAction/${actionOf(cancel)}` };
  if (wantsData) links['configData'] = { href: `${root}/configData` };
  return { config: { polling: { sleep: sleepOf(orders.wake) } }, _links: links };
};

const artifactOf = (href: string, { name, digest, size }: ReleaseFile, sha1: string): object => ({
  filename: name,
  hashes: { sha1, sha256: digest },
  size,
  _links: { download: { href }, 'download-http': { href } },
});

/** `files`: `https://host/`, where the release is under `r/`. `sha1`: by digest; old clients know no other hash. */
export const deploymentDocument = (
  files: string,
  work: WorkRecord,
  { download, update }: Orders,
  release: Release,
  sha1: ReadonlyMap<string, string>,
): object => ({
  id: actionOf(work),
  deployment: {
    download,
    update,
    chunks: [
      {
        part: 'os',
        version: String(release.sequence),
        name: work.work.title === '' ? 'update' : work.work.title,
        // Who takes the first one, as small clients do, is after the payload.
        artifacts: [...release.payloads, release.envelope].map((file) =>
          artifactOf(`${files}r/${release.id}/${file.name}`, file, sha1.get(file.digest) ?? ''),
        ),
      },
    ],
  },
});

export const cancelDocument = (work: WorkRecord): object => ({
  id: actionOf(work),
  cancelAction: { stopId: actionOf(work) },
});
