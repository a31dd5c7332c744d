/** Byte code: of the firmware with its configuration, and of applications behind it; and the frozen realm. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, formatMessages } from 'esbuild';
import type { BuildFailure } from 'esbuild';
import { opcodesRead } from './byte-code/opcodes.ts';
import type { Opcodes } from './byte-code/opcodes.ts';
import { archiveShorten } from './byte-code/shorten.ts';
import type { Shortened } from './byte-code/shorten.ts';
import { writeCodeFlash, writeDataFlash } from './flash.ts';
import { keepNewest } from './keep-newest.ts';
import { machineRun } from './machine.ts';
import { BOARD_SOURCES, cache } from './places.ts';
import { buildBoard, buildCompiler } from './programs.ts';
import { tablesInlined } from './tables.ts';

/** What the firmware is told of the product: firmware/host.d.ts `CONFIG`. */
export interface FirmwareConfig {
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly keyId: Uint8Array;
  readonly key: Uint8Array;
  /** COSE number. Default: Ed25519. */
  readonly algorithm?: number | undefined;
  /** agent/config.ts `envelopeMax`. */
  readonly envelopeMax?: number | undefined;
  /** agent/config.ts `framedOnly`. */
  readonly framedOnly?: boolean | undefined;
}

export interface Firmware {
  /** The board's machine code. */
  readonly program: Uint8Array;
  /** Path and bytes of the archive. */
  readonly path: string;
  readonly archive: Uint8Array;
  readonly frozen: Uint8Array;
}

/** COSE. */
const HSS_LMS = -46;

/** What a reader of the script is told: `file:line:column: what` in each line. */
export class ScriptError extends Error {}

const troublesOf = ({ errors }: BuildFailure): ScriptError => {
  const lines = errors.map(({ text, location }) =>
    location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
  );
  return new ScriptError(lines.join('\n'));
};

const bundle = async (entry: string, outfile: string, define: Record<string, string>): Promise<void> => {
  const made = await build({
    entryPoints: [entry],
    outfile,
    define,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'neutral',
    // XS 13.3 stumbles over static blocks that make an instance of their class; es2021 has none.
    target: 'es2020',
    legalComments: 'none',
    plugins: [tablesInlined],
    logLevel: 'silent',
  }).catch((error: BuildFailure) => {
    throw troublesOf(error);
  });
  const options = { kind: 'warning', color: process.stderr.isTTY } as const;
  for (const words of await formatMessages(made.warnings, options)) process.stderr.write(words);
};

/** Runs the compiler; it says in a line what it does not take. */
const compile = (compiler: string, given: readonly string[]): void => {
  try {
    execFileSync(compiler, given, { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    const { status, stderr } = error as { status: number | null; stderr: string };
    if (status !== 1) throw error;
    throw new ScriptError(stderr.trim());
  }
};

/** Bytes of any kind as numbers: a Buffer has an idea of its own of how it is written. */
const text = (config: FirmwareConfig): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(config).map(([name, value]: [string, unknown]) => [
        name,
        value instanceof Uint8Array ? [...value] : value,
      ]),
    ),
  );

/** RAM of the machine that makes the frozen realm: two of them, and the tables. */
const FREEZE_RAM = 8 * 1024 * 1024;
const FREEZE_MILLISECONDS = 60_000;
/** Realms that are kept, 350 KB and more each: one for each product and each program of the board. */
const FROZEN_KEPT = 32;

const freeze = async (program: Uint8Array, { archive: alone, load }: Shortened): Promise<Uint8Array> => {
  const archive = Buffer.concat([alone, load]);
  const name = createHash('sha256').update(program).update(archive).digest('hex');
  const kept = join(cache('frozen'), name);
  if (existsSync(kept)) {
    // The newest is the one used last.
    utimesSync(kept, new Date(), new Date());
    return readFileSync(kept);
  }
  const [code, data] = [join(cache('frozen'), 'code.flash'), join(cache('frozen'), 'data.flash')];
  writeCodeFlash(code, { program, archive }, { ram: FREEZE_RAM, freeze: 1, writeUnit: 4 });
  writeDataFlash(data);
  const { output } = await machineRun({ code, data, ram: FREEZE_RAM }, FREEZE_MILLISECONDS);
  const found = /FROZEN\n([0-9a-f\n]*)END/.exec(output);
  if (found === null) throw new Error(`the realm was not frozen: ${output.slice(0, 400)}`);
  const frozen = Buffer.from(found[1]!.replaceAll('\n', ''), 'hex');
  writeFileSync(kept, frozen);
  keepNewest(cache('frozen'), /^[0-9a-f]{64}$/, FROZEN_KEPT);
  return frozen;
};

/** Once in a process. */
let opcodes: Opcodes | undefined;

/** Makes an archive of a script and what it imports. */
const compiled = async (
  entry: string,
  out: string,
  after: string | undefined,
  define: Record<string, string>,
): Promise<Shortened> => {
  const compiler = await buildCompiler();
  await bundle(entry, `${out}.js`, define);
  compile(compiler, ['-o', out, ...(after === undefined ? [] : ['--after', after]), `${out}.js`]);
  const made = archiveShorten((opcodes ??= opcodesRead()), readFileSync(out));
  writeFileSync(out, made.archive);
  return made;
};

/**
 * What of a script lies in flash. `after`: the archive of the firmware that it will run on; without one it is a firmware
 * itself, and what only makes the realm is not in it.
 */
export const compileScript = async (entry: string, out: string, after?: string): Promise<Uint8Array> =>
  (await compiled(entry, out, after, {})).archive;

export interface FirmwareOptions {
  /** The script of the firmware. Default: firmware/main.ts. */
  readonly entry?: string | undefined;
  /** What its archive is called in the cache. */
  readonly name?: string | undefined;
  /** Names in the script that stand for text. */
  readonly define?: Readonly<Record<string, string>> | undefined;
}

export const buildFirmware = async (
  config: FirmwareConfig,
  {
    entry = join(BOARD_SOURCES, 'firmware', 'main.ts'),
    name = 'firmware',
    define = {},
  }: FirmwareOptions = {},
): Promise<Firmware> => {
  const elf = await buildBoard();
  const binary = `${elf}.bin`;
  const sections = ['.text', '.data', '.tdata'].flatMap((name) => ['-j', name]);
  execFileSync('riscv64-unknown-elf-objcopy', ['-O', 'binary', ...sections, elf, binary]);
  const path = join(cache('firmware'), `${name}.xsb`);
  const made = await compiled(entry, path, undefined, {
    CONFIG: text(config),
    HASH_BASED: String(config.algorithm === HSS_LMS),
    ...define,
  });
  const program = readFileSync(binary);
  return { program, path, archive: made.archive, frozen: await freeze(program, made) };
};
