/**
 * A process that signs with an HSS/LMS key and says which leaves signed, for tests that kill it:
 *
 *   node _signer-child.js <key file> <how often> [<number of the file operation after which it dies>]
 *
 * It dies by SIGKILL, so nothing of it gets to clean up. Where another process holds the key it tries again.
 */
import fs from 'node:fs';
import { dieAfter } from '../_die-after.ts';

const [file, count, deadly] = process.argv.slice(2) as [string, string, string?];
const write = fs.writeSync.bind(fs);

const OPERATIONS = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'linkSync',
  'rmSync',
  'writeFileSync',
] as const;

const { PublishError } = await import('../../publisher/errors.ts');
const { keyLoad } = await import('../../publisher/keys.ts');
const key = keyLoad(file);
if (deadly !== undefined) dieAfter(OPERATIONS, Number(deadly));

for (let left = Number(count); left > 0;) {
  try {
    const signature = key.sign(Buffer.from(`${process.pid} ${left}`));
    // One level: the leaf stands behind the number of levels.
    write(1, `${new DataView(signature.buffer, signature.byteOffset).getUint32(4)}\n`);
    left--;
  } catch (error) {
    if (!(error instanceof PublishError && error.field === 'lock')) throw error;
    write(2, `${error.message}\n`);
    if (deadly !== undefined) break;
  }
}
