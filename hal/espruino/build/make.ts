/**
 * `node dist/hal/espruino/build/make.js BOARD FOLDER`: writes the two files of a board, of its wiring as emitted
 * JavaScript, to a folder. They go to the board's Storage under their names.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleMake } from './bundle.ts';

const [board, folder] = process.argv.slice(2);
if (board === undefined || folder === undefined) {
  console.error('make.js BOARD FOLDER: give the wiring of a board, as JavaScript, and where its files go');
  process.exitCode = 2;
} else {
  for (const [name, text] of bundleMake({ board: resolve(board) }).files) {
    writeFileSync(join(folder, name), text, 'latin1');
    console.log(`${name}: ${text.length} bytes`);
  }
}
