import { existsSync } from 'node:fs';
import { anchorOf, anchorSource, anchorText } from '../anchors.ts';
import { Exit, PublishError } from '../errors.ts';
import { writeWhole } from '../files.ts';
import { classIdentifier, vendorIdentifier } from '../identifiers.ts';
import { keyGenerate, keyParse, keySave } from '../keys.ts';
import { choice, optionalText, text } from './values.ts';
import type { Verb } from './verb.ts';

export const keygen: Verb = {
  name: 'keygen',
  summary: 'makes a key pair; prints the anchor also as a source constant',
  example: 'flipside keygen --out keys/release',
  define(command) {
    command
      .option('--out <path>', 'writes <path>.pem (private, keep it secret) and <path>.anchor.json')
      .option('--algorithm <name>', 'ed25519 or esp256', 'ed25519')
      .option('--vendor <id>', 'the anchor speaks for this vendor only: UUID or domain name')
      .option('--class <id>', 'and for this class only: UUID or model name');
  },
  run(_, options) {
    const out = text(options, 'out', 'Give the path of the new key without its ending, such as keys/release');
    const algorithm = choice(options, 'algorithm', ['ed25519', 'esp256'], 'ed25519');
    const vendorText = optionalText(options, 'vendor');
    const classText = optionalText(options, 'class');
    if (classText !== undefined && vendorText === undefined) {
      const remedy = 'Give --vendor too';
      throw new PublishError('a class belongs to a vendor', { field: '--class', remedy, exit: Exit.Usage });
    }
    const vendor = vendorText === undefined ? undefined : vendorIdentifier(vendorText);
    const classId = classText === undefined || !vendor ? undefined : classIdentifier(vendor, classText);
    const keyFile = `${out}.pem`;
    const anchorFile = `${out}.anchor.json`;
    if (existsSync(anchorFile)) {
      const remedy = 'Give another name, or move the old file away first';
      throw new PublishError('the file exists already', {
        file: anchorFile,
        field: '--out',
        remedy,
        exit: Exit.InputOutput,
      });
    }
    const pem = keyGenerate(algorithm);
    const anchor = anchorOf(keyParse(pem, keyFile), vendor, classId);
    keySave(keyFile, pem);
    writeWhole(anchorFile, anchorText(anchor), 'anchor');
    const source = anchorSource(anchor);
    return {
      rows: [{ ...anchor, keyFile, anchorFile, source }],
      text: `private key  ${keyFile}   (keep it secret; whoever has it can sign)\nanchor       ${anchorFile}\n\n${source}`,
    };
  },
};
