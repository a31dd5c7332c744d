/** What is built: the board's program, and the compiler that makes byte code for it. */
import { join } from 'node:path';
import { buildProgram } from './compile-c.ts';
import type { Toolchain } from './compile-c.ts';
import { BOARD_SOURCES } from './places.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Of the engine: what runs byte code. */
const ENGINE = words(`
  xsAll xsAPI xsArguments xsArray xsAtomics xsBigInt xsBoolean xsCommon xsDataView xsDate xsDebug xsDefaults xsError
  xsFunction xsGenerator xsGlobal xsJSON xsLockdown xsMapSet xsMarshall xsMath xsMemory xsModule xsNumber xsObject
  xsPlatforms xsPromise xsProperty xsProxy xsRegExp xsRun xsString xsSymbol xsType xsdtoa xsre xsmc`);
/** And what makes it. */
const PARSER = words('xsCode xsLexical xsScope xsScript xsSourceMap xsSyntaxical xsTree');

const HOST: Toolchain = { compiler: 'gcc', flags: ['-O1'], linkFlags: [] };

// `_zicsr` for the compiler only: with it the linker looks for the library of another width.
const ABI = ['-mabi=ilp32', '--specs=picolibc.specs'];
const RISCV: Toolchain = {
  compiler: 'riscv64-unknown-elf-gcc',
  // Without its check, too short a stack of the engine's is an overwritten heap.
  flags: ['-march=rv32imac_zicsr', ...ABI, '-O2', '-DFLIPSIDE_BOARD', '-DmxBoundsCheck=1'],
  linkFlags: ['-march=rv32imac', ...ABI, '-nostartfiles', '-T', join(BOARD_SOURCES, 'board', 'memory.ld')],
};

const below = (folder: string, names: string): string[] => words(names).map((name) => `${folder}/${name}`);

/** Once in a process: each script that is compiled asks for it. */
let compiler: Promise<string> | undefined;

export const buildCompiler = (): Promise<string> =>
  (compiler ??= buildProgram({
    name: 'compile',
    toolchain: HOST,
    engine: [...ENGINE, ...PARSER],
    own: [...below('engine', 'arena.c archive.c names.c realm.c'), ...below('host', 'host.c compile.c')],
  }));

/** Runs scripts on the engine, on the host. */
export const buildRunner = (): Promise<string> =>
  buildProgram({
    name: 'run',
    toolchain: HOST,
    engine: [...ENGINE, ...PARSER],
    own: [...below('engine', 'arena.c realm.c'), ...below('host', 'host.c run.c')],
  });

export const buildBoard = (): Promise<string> =>
  buildProgram({
    name: 'board',
    toolchain: RISCV,
    engine: ENGINE.filter((name) => name !== 'xsDefaults'),
    own: [
      ...below('engine', 'arena.c archive.c names.c realm.c'),
      ...below(
        'board',
        'start.S board.c nor.c fault.c sha256.c sha512.c ed25519.c functions.c defaults.c census.c freeze.c parser.c main.c',
      ),
    ],
  });
