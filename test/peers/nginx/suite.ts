/** Runs the scenarios, or those that are named, and prints what each came to: one JSON document. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { published, SCENARIOS } from './scenarios.ts';
import { Nginx } from './server.ts';

export interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly reason: string;
}

const only = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'flipside-nginx-'));
const files = join(folder, 'public');
const latest = published(folder, files);
const nginx = await Nginx.create(folder, files);
const authority = readFileSync('test/http/certificates/authority.pem', 'utf8');
const outcomes: Outcome[] = [];
try {
  for (const [name, run] of SCENARIOS) {
    if (only.length > 0 && !only.includes(name)) continue;
    try {
      outcomes.push({ name, ok: true, reason: await run({ nginx, files, latest, authority }) });
    } catch (error) {
      outcomes.push({ name, ok: false, reason: error instanceof Error ? error.message : String(error) });
    }
  }
} finally {
  await nginx.kill();
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify(outcomes));
