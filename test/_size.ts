/** What an entry point weighs as a board is given it: bundled and minified. */
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';

/** Bytes. */
export const sizeOf = async (
  entry: string,
): Promise<{ readonly minified: number; readonly gzip: number }> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
  });
  const { contents } = outputFiles[0]!;
  return { minified: contents.length, gzip: gzipSync(contents).length };
};
