import test from 'ava';
import { boardJoin, boardNew } from '../../publisher/patch/board.ts';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import { jobsOf } from '../../publisher/patch/jobs.ts';
import { teamRun } from '../../publisher/patch/team.ts';
import { windowTables } from '../../publisher/patch/window.ts';
import { edited } from './_patches.ts';

const [old, fresh] = edited(9000);
const lengths = (made: readonly ({ readonly payload: Uint8Array } | undefined)[]): number =>
  Math.min(...made.flatMap((one) => (one ? [one.payload.length] : [])));

for (const threads of [2, 4])
  test(`the patch is the same with ${threads} threads`, (t) => {
    const one = patchEncode(old, fresh, { threads: 1 });
    const shares: number[] = [];
    t.deepEqual(patchEncode(old, fresh, { threads, progress: (done) => shares.push(done) }), one);
    t.true(shares.every((share, at) => at === 0 || share >= shares[at - 1]!));
    t.is(shares.at(-1), 1);
  });

test('a job that a thread took and never finished is done by another', (t) => {
  const images = { old, fresh };
  const board = () =>
    boardNew({ images, tables: windowTables(old, fresh), jobs: jobsOf(images, PatchModes), unit: 6144 });
  const wanted = lengths(teamRun(board(), { threads: 1 }));
  const left = board();
  t.throws(
    () =>
      boardJoin(
        left,
        () => {
          throw new Error('the thread ends');
        },
        () => {},
      ),
    { message: 'the thread ends' },
  );
  t.is(lengths(teamRun(left, { threads: 2, patienceMilliseconds: 200 })), wanted);
});

test('a mode that is behind is given up, and the others are not', (t) => {
  const images = { old, fresh };
  const jobs = jobsOf(images, PatchModes);
  const made = teamRun(boardNew({ images, tables: windowTables(old, fresh), jobs, unit: 6144 }), {
    threads: 1,
  });
  t.true(made.some((one) => one === undefined));
  for (const [number, job] of jobs.entries()) {
    const alone = patchEncode(old, fresh, { modes: [PatchModes[job.number]!] });
    if (made[number]) t.deepEqual(made[number].payload, alone.payload);
    else t.true(alone.payload.length > lengths(made));
  }
});
