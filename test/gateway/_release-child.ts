/**
 * A process that obtains a release, for tests that kill it:
 *
 *   node _release-child.js <what to do, JSON> [<number of the file operation after which it dies>]
 *
 * It dies by SIGKILL, so nothing of it gets to clean up.
 */
import { dieAfter } from '../_die-after.ts';
import type { ReleaseSource } from '../../gateway/contract.ts';
import type { AnchorFile } from '../../publisher/index.ts';

export interface Errand {
  readonly folder: string;
  readonly quota: number;
  readonly origin: string;
  readonly anchors: readonly AnchorFile[];
  readonly source: ReleaseSource;
}

const OPERATIONS = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'rmSync',
  'ftruncateSync',
  'futimesSync',
  'mkdirSync',
  'chmodSync',
] as const;

const [errand, deadly] = process.argv.slice(2) as [string, string?];
const { folder, quota, origin, anchors, source } = JSON.parse(errand) as Errand;
const { openStore } = await import('../../gateway/store/store.ts');
const { openReleases } = await import('../../gateway/releases/releases.ts');
if (deadly !== undefined) dieAfter(OPERATIONS, Number(deadly));

const store = openStore({ folder, quota });
const policy = { upstream: [origin], allowOrigins: [], allowPrivate: ['127.0.0.1'] };
const releases = openReleases({ store, anchors, threshold: 1, policy });
const { id } = await releases.obtain(source);
await releases.close();
store.close();
process.stdout.write(`${id}\n`);
