/** Compiles and links C, a few files at a time, and only what has changed. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { BOARD_SOURCES, cache } from './places.ts';
import { engineSources } from './source.ts';

export interface Toolchain {
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly linkFlags: readonly string[];
}

export interface Program {
  readonly name: string;
  readonly toolchain: Toolchain;
  /** Of the engine, without extension. */
  readonly engine: readonly string[];
  /** Of this repository: paths below hal/xs-riscv. */
  readonly own: readonly string[];
}

const run = promisify(execFile);

const DEFINES = [
  '-DINCLUDE_XSPLATFORM',
  '-DXSPLATFORM="platform.h"',
  '-DmxRun=1',
  '-DmxParse=1',
  '-DmxNoConsole=1',
];
/** The engine's own files do not compile without warnings. */
const ENGINE_FLAGS = ['-w', '-fno-common', '-ffunction-sections', '-fdata-sections'];

const includes = (xs: string): string[] =>
  [
    join(BOARD_SOURCES, 'engine'),
    join(BOARD_SOURCES, 'board'),
    ...['sources', 'includes', 'platforms'].map((one) => join(xs, one)),
  ].flatMap((path) => ['-I', path]);

/** All headers of this repository: each of its C files is compiled anew when one changes. */
const headers = (): Buffer[] =>
  ['engine', 'board', 'host'].flatMap((folder) =>
    readdirSync(join(BOARD_SOURCES, folder))
      .filter((name) => /\.(h|def)$/.test(name))
      .map((name) => readFileSync(join(BOARD_SOURCES, folder, name))),
  );

const digestOf = (parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

const compileOne = async (
  source: string,
  object: string,
  toolchain: Toolchain,
  stamp: string,
  xs: string,
): Promise<void> => {
  const flags = [...toolchain.flags, ...ENGINE_FLAGS, ...DEFINES, ...includes(xs)];
  const mark = digestOf([stamp, flags.join(' '), readFileSync(source)]);
  const markFile = `${object}.mark`;
  if (existsSync(object) && existsSync(markFile) && readFileSync(markFile, 'utf8') === mark) return;
  await run(toolchain.compiler, [...flags, '-c', '-o', object, source]);
  writeFileSync(markFile, mark);
};

/** Builds a program; the path of it. */
export const buildProgram = async ({ name, toolchain, engine, own }: Program): Promise<string> => {
  const xs = engineSources();
  const place = cache(name);
  const stamp = digestOf(headers());
  const jobs = [
    ...engine.map((file) => ({
      source: join(xs, 'sources', `${file}.c`),
      stamp: digestOf([readFileSync(join(BOARD_SOURCES, 'engine', 'platform.h'))]),
    })),
    ...own.map((file) => ({ source: join(BOARD_SOURCES, file), stamp })),
  ].map((job) => ({ ...job, object: join(place, `${basename(job.source)}.o`) }));
  const waiting = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = waiting.pop(); job !== undefined; job = waiting.pop())
      await compileOne(job.source, job.object, toolchain, job.stamp, xs);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const program = join(place, name);
  await run(toolchain.compiler, [
    ...toolchain.linkFlags,
    '-Wl,--gc-sections',
    '-o',
    program,
    ...jobs.map(({ object }) => object),
    '-lm',
  ]);
  return program;
};
