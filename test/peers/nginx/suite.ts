/** One origin for all scenarios. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suiteRun } from '../_suite.ts';
import { published, SCENARIOS } from './scenarios.ts';
import { Nginx } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'flipside-nginx-'));
const files = join(folder, 'public');
const latest = published(folder, files);
const nginx = await Nginx.create(folder, files);
const authority = readFileSync('test/http/certificates/authority.pem', 'utf8');
try {
  await suiteRun(SCENARIOS, { nginx, files, latest, authority });
} finally {
  await nginx.kill();
  rmSync(folder, { recursive: true, force: true });
}
