/** Bits that rot in the store of a gateway that runs, and leave time and length of the file as they were. */
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import test from 'ava';
import { uuidText } from '../../publisher/index.ts';
import { published } from './_folder.ts';
import { confirmed, folderScene } from './_folder-scene.ts';
import { classId, deviceNew, packed, vendor } from './_world.ts';

const ids = { vendor: uuidText(vendor), classId: uuidText(classId) };
const [first, second] = [packed(1), packed(2, [1, 3])];

test('they are found by reading all of it slowly, taken away, and fetched again for who needs them', async (t) => {
  const one = await folderScene(
    t,
    ['a', 'b'].map((id) => ({ id, ...ids })),
  );
  const { server, folder, until } = one;
  published(server, 'lamps', second);
  await one.open({}, { scrub: 30 });
  const [a, b] = [deviceNew('a', first), deviceNew('b', first)];
  await until('the first', [a], async () => (await one.seen('a')).work?.state === 'success');
  const fetched = (): number => server.asked.filter((line) => line.includes(`/${second.name} 20`)).length;
  t.is(fetched(), 1);
  const digest = createHash('sha256').update(second.payload).digest('hex');
  const file = join(folder, 'state', 'store', 'whole', digest);
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
  utimesSync(file, atime, mtime);
  await until('it is found', [], () => !existsSync(file));
  await until('the second', [b], () => confirmed(b, second));
  t.is(fetched(), 2);
  t.deepEqual(readFileSync(file), Buffer.from(second.payload));
});
