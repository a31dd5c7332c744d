/** A whole gateway in a process that is killed. Argument: its folder. Prints its addresses, as JSON, once it is open. */
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { configLoad } from '../../gateway/config/config.ts';
import type { Secrets } from '../../gateway/config/secrets.ts';
import { openGateway } from '../../gateway/gateway.ts';

const [folder = ''] = process.argv.slice(2);
const { http, status } = await openGateway({
  config: configLoad(join(folder, 'gateway.json')),
  secrets: JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as Secrets,
  warn: (words) => void process.stderr.write(`${words}\n`),
  pace: { least: 0.02, usual: 0.05, again: 0.02, settle: 0 },
});
writeSync(1, `${JSON.stringify({ http, status })}\n`);
