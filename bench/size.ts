/** How large the code is that goes onto a device: bundled and minified by esbuild. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { row } from './row.ts';
import type { Row } from './row.ts';

const KiB = 1024;

interface Entry {
  readonly name: string;
  /** An entry point, below `dist`. */
  readonly from: string;
  /** Only this, instead of all that it exports. */
  readonly only?: string;
  readonly goal?: number;
}

const ENTRIES: readonly Entry[] = [
  { name: 'agent, without providers', from: 'agent/agent.js', goal: 24 * KiB },
  { name: 'boot half', from: 'agent/boot.js', only: 'bootDecide', goal: 8 * KiB },
  { name: 'agent and boot half', from: 'agent/index.js' },
  { name: 'provider hal/inflate', from: 'hal/inflate.js' },
  { name: 'provider hal/fflate', from: 'hal/fflate.js' },
  { name: 'provider hal/noble', from: 'hal/noble.js' },
  { name: 'provider hal/node/crypto', from: 'hal/node/crypto.js' },
  { name: 'provider hal/node/inflate', from: 'hal/node/inflate.js' },
  { name: 'driver hal/driver', from: 'hal/driver.js' },
  { name: 'driver hal/moddable/http', from: 'hal/moddable/http.js', only: 'moddableHttp' },
  { name: 'driver hal/espruino/http', from: 'hal/espruino/http.js', only: 'httpUpdate' },
  {
    name: 'driver hal/coap, with its endpoint',
    from: 'hal/coap/index.js',
    only: 'coapUpdateNew, coapUpdateStep, coapUpdateStop, openEndpoint, estimateNew',
  },
  { name: 'driver hal/serial', from: 'hal/serial/server.js', only: 'openSerial' },
];

const root: string = fileURLToPath(new URL('../', import.meta.url));

/** The bundle as it would be shipped. */
export const bundle = async (from: string, only?: string): Promise<Uint8Array> => {
  const what = only === undefined ? '*' : `{ ${only} }`;
  const { outputFiles } = await build({
    stdin: { contents: `export ${what} from './${from}';`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2020',
    external: ['node:*'],
    legalComments: 'none',
    logLevel: 'error',
  });
  return outputFiles[0]!.contents;
};

export const sizeRows = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const { name, from, only, goal } of ENTRIES) {
    const code = await bundle(from, only);
    rows.push(row(`${name}: minified`, code.length, 'bytes', goal === undefined ? {} : { goal }));
    rows.push(row(`${name}: minified, gzip`, gzipSync(code, { level: 9 }).length, 'bytes'));
  }
  return rows;
};
