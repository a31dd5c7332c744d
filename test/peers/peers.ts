/** `npm run test:peers`: formats of other programs, against those programs. A peer a file; exit 1 where a row failed. */
import { Command } from 'commander';
import { rowsText, runPeer } from './_peer.ts';
import type { Peer, Row } from './_peer.ts';
import { aiocoap } from './aiocoap.ts';
import { chromium } from './chromium.ts';
import { espIdf } from './esp-idf.ts';
import { espIdfDefs } from './esp-idf-defs.ts';
import { esptool } from './esptool.ts';
import { hawkbit } from './hawkbit.ts';
import { imgtool } from './imgtool.ts';
import { leshan } from './leshan.ts';
import { libcoap } from './libcoap.ts';
import { libcoapDtls } from './libcoap-dtls.ts';
import { mcuboot } from './mcuboot.ts';
import { nginx } from './nginx.ts';
import { nodeCoap } from './node-coap.ts';
import { pycose } from './pycose.ts';
import { swupdate } from './swupdate.ts';

/** The bootloaders themselves only where there are clones of them; hawkBit where its libraries could be had. */
const PEERS: readonly Peer[] = [
  aiocoap,
  chromium,
  espIdf,
  espIdfDefs,
  esptool,
  hawkbit,
  imgtool,
  leshan,
  libcoap,
  libcoapDtls,
  mcuboot,
  nginx,
  nodeCoap,
  pycose,
  swupdate,
].filter((peer) => peer !== undefined);

const names = PEERS.map(({ name }) => name).join(', ');
const program = new Command('test:peers')
  .description(`Tries formats against other programs: ${names}.`)
  .option('--json', 'one document {version, command, rows} on standard output')
  .option('--peer <name>', 'only this one')
  .parse();
const { json, peer: only } = program.opts<{ json?: true; peer?: string }>();
const chosen = PEERS.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) program.error(`no peer "${only}"; there are ${names}`, { exitCode: 2 });

const rows: Row[] = [];
for (const peer of chosen) rows.push(...(await runPeer(peer)));
console.log(json ? JSON.stringify({ version: 1, command: 'test:peers', rows }, null, 2) : rowsText(rows));
if (rows.some(({ result }) => result === 'failed')) process.exitCode = 1;
