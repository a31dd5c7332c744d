/** What an operator of hawkBit does by its Management API: a release, a rollout in groups, and what the server says of it. */
import { check } from '../_peer.ts';
import type { Hawkbit } from './server.ts';

const PATIENCE = 240_000;

/** Percent. */
export interface RolloutGroup {
  readonly name: string;
  /** Of the targets, in the server's query language. */
  readonly query: string;
  /** The next group begins when so many have succeeded. */
  readonly success: number;
  /** The rollout stops when more have failed. */
  readonly error: number;
}

/** Of groups, and of the rollout: the server's own words. */
export interface RolloutView {
  readonly status: string;
  readonly groups: Readonly<Record<string, string>>;
}

interface Identified {
  readonly id: number;
}

/** Uploads a release; the distribution set's number. */
export const releaseUp = async (
  server: Hawkbit,
  version: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<number> => {
  const one = { name: 'lamp', version, type: 'os' };
  const [software] = (await server.ask('POST', 'softwaremodules', [one])) as Identified[];
  for (const [name, bytes] of Object.entries(files)) {
    const form = new FormData();
    form.append('file', new Blob([Uint8Array.from(bytes)]), name);
    await server.ask('POST', `softwaremodules/${software!.id}/artifacts`, form);
  }
  const [set] = (await server.ask('POST', 'distributionsets', [
    { ...one, modules: [{ id: software!.id }] },
  ])) as Identified[];
  return set!.id;
};

const viewOf = async (server: Hawkbit, id: number): Promise<RolloutView> => {
  const { status } = (await server.ask('GET', `rollouts/${id}`)) as { status: string };
  const { content } = (await server.ask('GET', `rollouts/${id}/deploygroups`)) as {
    content: { name: string; status: string }[];
  };
  return { status, groups: Object.fromEntries(content.map((one) => [one.name, one.status])) };
};

/** Asks the server until it says so, with a `round` of the devices between. */
export const rolloutUntil = async (
  server: Hawkbit,
  id: number,
  status: string,
  round: () => Promise<void>,
): Promise<RolloutView> => {
  for (const end = Date.now() + PATIENCE; ;) {
    const view = await viewOf(server, id);
    if (view.status === status) return view;
    check(Date.now() < end, `${status}: never; the server says ${JSON.stringify(view)}`);
    await round();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
};

/** Makes a rollout of the set and starts it; its number. */
export const rolloutStart = async (
  server: Hawkbit,
  set: number,
  groups: readonly RolloutGroup[],
): Promise<number> => {
  const { id } = (await server.ask('POST', 'rollouts', {
    name: `lamp ${set}`,
    distributionSetId: set,
    targetFilterQuery: 'id==*',
    type: 'forced',
    groups: groups.map(({ name, query, success, error }) => ({
      name,
      targetFilterQuery: query,
      targetPercentage: 100,
      successCondition: { condition: 'THRESHOLD', expression: String(success) },
      successAction: { action: 'NEXTGROUP', expression: '' },
      errorCondition: { condition: 'THRESHOLD', expression: String(error) },
      errorAction: { action: 'PAUSE', expression: '' },
    })),
  })) as Identified;
  await rolloutUntil(server, id, 'ready', () => Promise.resolve());
  await server.ask('POST', `rollouts/${id}/start`);
  return id;
};

interface Action extends Identified {
  readonly detailStatus?: string;
  readonly lastStatusCode?: number;
}

interface Said extends Identified {
  readonly type: string;
  readonly messages: readonly string[];
}

const newestOf = <T extends Identified>(all: readonly T[]): T | undefined =>
  all.reduce<T | undefined>((best, one) => (best === undefined || one.id > best.id ? one : best), undefined);

const actionOf = async (server: Hawkbit, target: string): Promise<Action | undefined> =>
  newestOf(((await server.ask('GET', `targets/${target}/actions`)) as { content: Action[] }).content);

const saidOf = async (server: Hawkbit, target: string, { id }: Action): Promise<Said[]> =>
  ((await server.ask('GET', `targets/${target}/actions/${id}/status?limit=50`)) as { content: Said[] })
    .content;

/** Of a target the newest action, as the server has it: its status, and the code that went along. */
const stateOf = async (server: Hawkbit, target: string): Promise<string> => {
  const action = await actionOf(server, target);
  if (action === undefined) return 'none';
  const { detailStatus, lastStatusCode } = action;
  if (detailStatus !== undefined) return `${detailStatus} ${lastStatusCode ?? ''}`.trim();
  // 0.3 keeps no code, and has the status where it has the words.
  const last = newestOf(await saidOf(server, target, action));
  const code = /-\d+/.exec(last?.type === 'error' ? last.messages.join(' ') : '')?.[0];
  return `${last?.type ?? 'none'} ${code ?? ''}`.trim();
};

export const actionsOf = (server: Hawkbit, targets: readonly string[]): Promise<string[]> =>
  Promise.all(targets.map((target) => stateOf(server, target)));

/** All that the server was told of a target's newest action. */
export const messagesOf = async (server: Hawkbit, target: string): Promise<string[]> => {
  const action = await actionOf(server, target);
  const said = action === undefined ? [] : await saidOf(server, target, action);
  return said.flatMap(({ messages }) => messages);
};
