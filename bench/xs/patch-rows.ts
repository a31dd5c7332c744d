/** A receive of a patch, hash and signature native: what it takes beside a receive of the same image whole. */
import { rounded } from '../row.ts';
import type { Row } from '../row.ts';
import type { SizePair } from '../size/images.ts';
import { COUNTED, ENVELOPE, KiB, arenaRows, eachKiB, needOf, row } from './figures.ts';
import { ed25519Key } from './keys.ts';
import { rigClose, rigOffer, rigOpen, rigRun } from './machine.ts';
import type { Rig, Subject } from './machine.ts';
import type { Need } from './search.ts';

/** Beside the agent's own. */
const GOAL = 16 * KiB;

/** Runs a case on a board that has the pair's old image in slot A, and is offered the new one. */
const withRig = async <T>(
  pair: SizePair,
  subject: Pick<Subject, 'name' | 'patches' | 'countsReads'>,
  use: (rig: Rig, payload: number) => Promise<T>,
): Promise<T> => {
  const rig = await rigOpen({ key: ed25519Key(), envelopeMax: ENVELOPE, base: pair.old, ...subject });
  try {
    return await use(rig, rigOffer(rig, pair.fresh));
  } finally {
    rigClose(rig);
  }
};

/** What a receive takes whatever the memory. */
const workRows = async (pair: SizePair): Promise<Row[]> => {
  const title = `receive of a patch, ${pair.name}`;
  const patches = { name: `patch-${pair.name}`, patches: true };
  const reads = await withRig(pair, { ...patches, name: 'patch-reads', countsReads: true }, (rig) =>
    rigRun(rig, COUNTED, 'staged'),
  );
  const each = (count: number | undefined): number | undefined =>
    count === undefined ? undefined : rounded(count / pair.fresh.length, 3);
  return withRig(pair, patches, async (rig, payload) => {
    const counted = await rigRun(rig, COUNTED, 'staged', true);
    return [
      row('payload', title, payload, 'bytes'),
      row('instructions for a KB of image', title, eachKiB(counted, pair.fresh), 'instructions'),
      row('instructions to verify the envelope and the base', title, counted?.verified, 'instructions'),
      row('reads of the slots for a byte of image', title, each(reads?.reads), 'calls'),
      row('read of the slots for a byte of image', title, each(reads?.readBytes), 'bytes'),
    ];
  });
};

const memoryRows = async (pair: SizePair): Promise<Row[]> => {
  const need = (name: string, patches: boolean): Promise<Need | undefined> =>
    withRig(pair, { name, patches }, (rig) => needOf(rig, 'staged'));
  const without = await need('patch-whole', false);
  const taken = await need('patch', true);
  const title = `receive of a patch, ${pair.name}`;
  const more = taken && without && taken.arena - without.arena;
  return [
    ...arenaRows(`the same image whole, no patches, ${pair.name}`, without),
    ...arenaRows(title, taken),
    row('arena more than without patches', title, more, 'bytes', GOAL),
  ];
};

/** Memory of the first pair, work of all. */
export const patchRows = async (
  pairs: readonly SizePair[],
  said: (rows: readonly Row[]) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  const add = (some: readonly Row[]): void => {
    said(some);
    rows.push(...some);
  };
  add(await memoryRows(pairs[0]!));
  for (const pair of pairs) add(await workRows(pair));
  return rows;
};
