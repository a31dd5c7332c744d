/** What a gateway says of its groups while a fleet is at it: where the lines are, who was stopped, whether more may begin. */
import type { GroupShape, Phase } from '../../gateway/status/shapes.ts';

const TIMEOUT = 5000;
const EVERY = 1000;
/** Bytes of an answer. */
const ANSWER_MAX = 4 << 20;

export type GroupWatched = Pick<GroupShape, 'name' | 'phase' | 'devices' | 'failureLine' | 'after'>;

export interface Watch {
  /** As last heard; none before. */
  readonly groups: ReadonlyMap<string, GroupWatched>;
  /** Whether nobody who has not begun will be let. */
  over(): boolean;
  close(): void;
}

/** Another program may listen there: what is no group is left out. */
const groupsOf = (document: unknown): GroupWatched[] => {
  const { groups } = Object(document) as { groups?: unknown };
  if (!Array.isArray(groups)) return [];
  return (groups as GroupWatched[]).filter(
    (one) => typeof one?.name === 'string' && typeof one.phase === 'string' && Array.isArray(one.after),
  );
};

/** None comes to its share of successes any more, and so none that comes after it begins. */
const blocks: readonly Phase[] = ['stopped', 'ended'];

/** Whether nobody who has not begun will be let. */
export const isOver = (groups: readonly GroupWatched[]): boolean => {
  const blocked = new Set(groups.filter(({ phase }) => blocks.includes(phase)).map(({ name }) => name));
  if (blocked.size === 0) return false;
  // A plan has no circles: as many rounds as groups reach all that come after.
  for (let round = 0; round < groups.length; round++) {
    for (const { name, after } of groups) if (after.some((one) => blocked.has(one))) blocked.add(name);
  }
  return groups.every(({ name, phase, devices }) => phase === 'done' || devices === 0 || blocked.has(name));
};

/** Asks each second. A status API that is not there is asked again; nothing depends on it but the end. */
export const watchOpen = (status: string): Watch => {
  const groups = new Map<string, GroupWatched>();
  const url = `${status.replace(/\/+$/, '')}/api/groups`;
  const look = async (): Promise<void> => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
      const text = await answer.text();
      if (!answer.ok || !(text.length <= ANSWER_MAX)) return;
      for (const group of groupsOf(JSON.parse(text))) groups.set(group.name, group);
    } catch {
      // Asked again.
    }
  };
  const timer = setInterval(() => void look(), EVERY);
  void look();
  return {
    groups,
    over: () => isOver([...groups.values()]),
    close: () => clearInterval(timer),
  };
};
