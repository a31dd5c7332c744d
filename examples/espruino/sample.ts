/**
 * The example on a given Espruino: `npm run espruino -- BINARY`, where BINARY is a Linux target of 2v29 or later. It
 * installs a signed update over HTTP, which is tried and confirmed, and then one that is not healthy, which goes back.
 * `--mapped` is for a build whose flash can be read as memory, `--memory` counts variables. Each restart of the board is a new process on the same flash.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Reset } from '../../agent/codes.ts';
import { answerOf } from './serve.ts';
import { Expected, Mark } from './lamp.ts';
import { countTake } from './memory.ts';
import { productMake } from './release.ts';
import type { ProductOptions } from './release.ts';

const Patience = 90_000;
const Lives = 6;
/** One power cycle: to the restart, or until `enough` says so. */
const live = (
  binary: string,
  folder: string,
  heard: string[],
  counts: Map<string, number>,
  enough: () => boolean,
): Promise<void> =>
  new Promise((done, fail) => {
    // Standard input stays open: at its end the console would read rubbish for ever.
    const board = spawn(binary, ['-e', '0'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    const timer = setTimeout(() => board.kill('SIGKILL'), Patience);
    let text = '';
    board.stdout.setEncoding('latin1').on('data', (more: string) => {
      text += more;
      const lines = text.split(/[\r\n]+/);
      text = lines.pop()!;
      for (const line of lines) {
        if (countTake(counts, line)) continue;
        const at = line.indexOf(Mark);
        if (at >= 0) heard.push(line.slice(at + Mark.length));
        console.log(at >= 0 ? line.slice(at) : `  ${line.replace(/[^\x20-\x7e]/g, '')}`);
      }
      if (enough() || text.includes('Uncaught')) board.kill('SIGKILL');
    });
    board.on('error', fail).on('close', () => {
      clearTimeout(timer);
      done();
    });
  });

const main = async (binary: string, options: ProductOptions): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'espruino-'));
  let releases: ReadonlyMap<string, Uint8Array> = new Map();
  const server = createServer((request, response) => answerOf(releases, request, response));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    const address = server.address() as AddressInfo;
    const product = productMake(folder, `http://127.0.0.1:${address.port}`, options);
    releases = product.releases;
    for (const [name, text] of product.files) console.log(`${name}: ${text.length} bytes`);
    writeFileSync(join(folder, 'espruino.flash'), product.flash);
    const heard: string[] = [];
    const counts = new Map<string, number>();
    for (let lives = 0; lives < Lives && heard.length < Expected.length; lives++) {
      writeFileSync(join(folder, 'cause'), String(lives === 0 ? Reset.Power : Reset.Requested));
      await live(binary, folder, heard, counts, () => heard.length >= Expected.length);
    }
    for (const [what, n] of counts) console.log(`${what}: ${n}`);
    return heard.join('\n') === Expected.join('\n');
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
};

const { values, positionals } = parseArgs({
  options: { mapped: { type: 'boolean', default: false }, memory: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [binary] = positionals;
if (binary === undefined || positionals.length > 1) {
  console.error('npm run espruino -- BINARY [--mapped] [--memory]: give the path of one Espruino for Linux');
  process.exitCode = 2;
} else if (!existsSync(binary)) {
  console.error(`${binary}: there is none. Build Espruino with BOARD=LINUX, and give bin/espruino`);
  process.exitCode = 3;
} else {
  const good = await main(resolve(binary), values);
  console.log(good ? 'as expected' : 'not as expected');
  process.exitCode = good ? 0 : 1;
}
