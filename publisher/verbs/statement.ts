import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lines } from '../answer.ts';
import { hexOf } from '../bytes.ts';
import { PublishError } from '../errors.ts';
import { readBytes, readText, writeWhole } from '../files.ts';
import { LatestFile, latestParse } from '../publish.ts';
import { envelopeEnd, envelopeRead } from '../read-envelope.ts';
import type { EnvelopeView } from '../read-envelope.ts';
import { releaseRead } from '../release.ts';
import { statementOf, statementWrite } from '../statement.ts';
import { occasionDefine, occasionOf, statementKey } from './occasion.ts';
import { text } from './values.ts';
import type { Verb } from './verb.ts';

const envelopeOfFile = (file: string): EnvelopeView => {
  const bytes = readBytes(file, 'RELEASE');
  const end = envelopeEnd(bytes);
  return envelopeRead(Number.isNaN(end) ? bytes : bytes.subarray(0, end), file);
};

/** An envelope or bundle; a folder that is served, of which the latest; or one that flipside pack wrote. */
const releaseOf = (path: string): EnvelopeView => {
  if (!existsSync(path) || !statSync(path).isDirectory()) return envelopeOfFile(path);
  const latest = join(path, LatestFile);
  if (!existsSync(latest)) return releaseRead(path).view;
  const { envelope, manifestDigest } = latestParse(readText(latest, 'RELEASE'), latest);
  if (!/^[\w.-]+$/.test(envelope))
    throw new PublishError('names no file beside it', {
      file: latest,
      field: 'envelope',
      remedy: 'Publish anew',
    });
  const view = envelopeOfFile(join(path, envelope));
  if (hexOf(view.digest) === manifestDigest) return view;
  throw new PublishError('is not the digest of its envelope', {
    file: latest,
    field: 'manifestDigest',
    remedy: 'Publish anew',
  });
};

export const statement: Verb = {
  example:
    'flipside statement public --key keys/release.pem --nonce 00112233445566778899aabbccddeeff --out answer.statement',
  define(command) {
    command
      .argument('<release>', 'the folder that is served, a folder of flipside pack, an envelope or a bundle')
      .option('--out <file>', 'where it is written')
      .option('--nonce <hex>', 'what a device asked with, 8 to 32 bytes: the statement answers it');
    occasionDefine(command, '');
  },
  run([given], options) {
    const out = text(options, 'out', 'Give the file to write');
    const facts = statementOf(releaseOf(given as string), occasionOf(options), given);
    const { key, allowTestKeys } = statementKey(options);
    const bytes = statementWrite(facts, key, { allowTestKeys });
    writeWhole(out, bytes, '--out');
    const row = {
      file: out,
      size: bytes.length,
      sequence: facts.sequence,
      manifestDigest: hexOf(facts.manifestDigest),
      issued: facts.issued,
      expires: facts.expires ?? null,
      nonce: facts.nonce ? hexOf(facts.nonce) : null,
      keyId: hexOf(key.keyId),
    };
    return {
      rows: [row],
      text: lines([
        ['statement', `${out}, ${bytes.length} bytes`],
        ['sequence', facts.sequence],
        ['signed by', row.keyId],
      ]),
    };
  },
};
