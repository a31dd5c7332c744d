import { join } from 'node:path';
import { lines } from '../answer.ts';
import { LatestFile, publish as publishRelease } from '../publish.ts';
import { releaseRead } from '../release.ts';
import { StatementFile } from '../statement.ts';
import { occasionDefine, occasionOf, statementKey } from './occasion.ts';
import { flag, text } from './values.ts';
import type { Verb } from './verb.ts';

export const publish: Verb = {
  example: 'flipside publish out --to public',
  define(command) {
    command
      .argument('<dir>', 'the folder that flipside pack wrote')
      .option('--to <folder>', 'the folder that is served; older releases in it stay')
      .option('--replace', 'publishes a sequence that is not above the published one')
      .option('--statement', `signs that this is the latest: ${StatementFile}, beside ${LatestFile}`);
    occasionDefine(command, 'with --statement: ');
  },
  run([folder], options) {
    const to = text(options, 'to', 'Give the folder that is served');
    const release = releaseRead(folder as string);
    const statement = flag(options, 'statement')
      ? { ...occasionOf(options), ...statementKey(options) }
      : undefined;
    const latest = publishRelease({ release, to, replace: flag(options, 'replace'), statement });
    const { payloads, ...row } = latest;
    return {
      rows: [
        {
          ...row,
          payloads: payloads.map((one) => one.file),
          latest: join(to, LatestFile),
          statement: statement ? join(to, StatementFile) : null,
        },
      ],
      text: lines([
        ['sequence', latest.sequence],
        ['envelope', `${join(to, latest.envelope)}, ${latest.envelopeSize} bytes`],
        ...payloads.map((one) => ['payload', `${join(to, one.file)}, ${one.size} bytes`] as const),
        ['latest', join(to, LatestFile)],
        ...(statement ? [['statement', join(to, StatementFile)] as const] : []),
      ]),
    };
  },
};
