import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileScript, ScriptError } from '../build/firmware.ts';
import { lines, thousands } from '../../../publisher/answer.ts';
import { PublishError } from '../../../publisher/errors.ts';
import { readBytes, writeWhole } from '../../../publisher/files.ts';
import { text } from '../../../publisher/verbs/values.ts';
import type { Verb } from '../../../publisher/verbs/verb.ts';
import { boardLoad, placesOf } from './folder.ts';
import { toolsNeed } from './tools.ts';

const compiled = async (entry: string, firmware: string): Promise<Uint8Array> => {
  const place = mkdtempSync(join(tmpdir(), 'flipside-image-'));
  try {
    return await compileScript(entry, join(place, 'image.xsb'), firmware);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const remedy = 'Correct the script';
    throw new PublishError(error.message, { file: entry, field: 'ENTRY', remedy });
  } finally {
    rmSync(place, { recursive: true });
  }
};

export const image: Verb = {
  example: 'npm run xs -- image app.js -o app.xsb --board board',
  define(command) {
    command
      .argument('<entry>', 'JavaScript or TypeScript; what it imports goes in with it')
      .option('-o, --out <file>', 'the image to write')
      .option('--board <dir>', 'the board whose firmware it is linked behind');
  },
  async run([given], options) {
    const entry = given as string;
    const out = text(options, 'out', 'Give the file to write, such as app.xsb');
    const folder = text(
      options,
      'board',
      'Give the folder of a board: an image runs behind its firmware only',
    );
    boardLoad(folder, '--board');
    // Said by name here; the compiler would say it of a copy.
    readBytes(entry, 'ENTRY');
    toolsNeed('image');
    const bytes = await compiled(entry, placesOf(folder).firmware);
    writeWhole(out, bytes, '--out');
    return {
      rows: [{ file: out, size: bytes.length, board: folder }],
      text: lines([
        ['written', `${out}, ${thousands(bytes.length)} bytes`],
        ['next', 'flipside pack signs it'],
      ]),
    };
  },
};
