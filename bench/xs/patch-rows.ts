/** A receive of a patch, hash and signature native: what it takes beside a receive of the same image whole. */
import type { Pack, SigningKey } from '../../publisher/index.ts';
import { rounded } from '../row.ts';
import type { Row } from '../row.ts';
import type { SizePair } from '../size/images.ts';
import { COUNTED, ENVELOPE, KiB, arenaRows, eachKiB, needOf, row } from './figures.ts';
import { ed25519Key } from './keys.ts';
import { packed, rigClose, rigOffer, rigOpen, rigRun } from './machine.ts';
import type { Rig, Subject } from './machine.ts';
import type { Need } from './search.ts';

/** Beside the agent's own. */
const GOAL = 16 * KiB;

/** Where the search begins. */
const NEAR: Need = { arena: 47_104, stack: 352 };

/** A pair, with the update of which the whole image and the patch are taken. */
interface Case {
  readonly pair: SizePair;
  readonly key: SigningKey;
  readonly update: Pack;
}

const caseOf = (pair: SizePair): Case => {
  const key = ed25519Key();
  return { pair, key, update: packed({ key }, pair.fresh, 2, [pair.old]) };
};

/** Runs it on a board that has the old image in slot A. */
const withRig = async <T>(
  { pair, key, update }: Case,
  subject: Pick<Subject, 'name' | 'patches' | 'countsReads'>,
  use: (rig: Rig) => Promise<T>,
): Promise<T> => {
  const rig = await rigOpen({ key, envelopeMax: ENVELOPE, base: pair.old, ...subject });
  try {
    const { envelope, payload, patches } = update;
    rigOffer(rig, { envelope, payload: subject.patches === true ? patches[0]!.payload : payload });
    return await use(rig);
  } finally {
    rigClose(rig);
  }
};

/** What a receive takes whatever the memory. */
const workRows = async (some: Case): Promise<Row[]> => {
  const { name, fresh } = some.pair;
  const title = `receive of a patch, ${name}`;
  const reads = await withRig(some, { name: 'patch-reads', patches: true, countsReads: true }, (rig) =>
    rigRun(rig, COUNTED, 'staged'),
  );
  const counted = await withRig(some, { name: 'patch', patches: true }, (rig) =>
    rigRun(rig, COUNTED, 'staged', true),
  );
  const each = (count: number | undefined): number | undefined =>
    count === undefined ? undefined : rounded(count / fresh.length, 3);
  return [
    row('payload', title, some.update.patches[0]!.payload.length, 'bytes'),
    row('instructions for a KB of image', title, eachKiB(counted, fresh), 'instructions'),
    row('instructions to verify the envelope and the base', title, counted?.verified, 'instructions'),
    row('reads of the slots for a byte of image', title, each(reads?.reads), 'calls'),
    row('read of the slots for a byte of image', title, each(reads?.readBytes), 'bytes'),
  ];
};

const memoryRows = async (some: Case): Promise<Row[]> => {
  const { name } = some.pair;
  const without = await withRig(some, { name: 'patch-whole' }, (rig) => needOf(rig, 'staged'));
  const taken = await withRig(some, { name: 'patch', patches: true }, (rig) => needOf(rig, 'staged', NEAR));
  const more = taken && without && taken.arena - without.arena;
  return [
    ...arenaRows(`the same image whole, no patches, ${name}`, without),
    ...arenaRows(`receive of a patch, ${name}`, taken),
    row('arena more than without patches', `receive of a patch, ${name}`, more, 'bytes', GOAL),
  ];
};

/** Memory of the first pair, work of all. */
export const patchRows = async (
  pairs: readonly SizePair[],
  said: (rows: readonly Row[]) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  const add = (more: readonly Row[]): void => {
    said(more);
    rows.push(...more);
  };
  for (const [number, pair] of pairs.entries()) {
    const some = caseOf(pair);
    if (number === 0) add(await memoryRows(some));
    add(await workRows(some));
  }
  return rows;
};
