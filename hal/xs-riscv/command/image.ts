import { lines, thousands } from '../../../publisher/answer.ts';
import { writeWhole } from '../../../publisher/files.ts';
import { text } from '../../../publisher/verbs/values.ts';
import type { Verb } from '../../../publisher/verbs/verb.ts';
import { boardLoad, placesOf } from './folder.ts';
import { imageOf } from './script.ts';
import { toolsNeed } from './tools.ts';

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
    toolsNeed('image');
    const bytes = await imageOf(entry, 'ENTRY', placesOf(folder).firmware);
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
