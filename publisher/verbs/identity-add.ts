import { keyStoreOpen, keyStoreSave } from '../../hal/node/identity/index.ts';
import { lines } from '../answer.ts';
import { hexOf } from '../bytes.ts';
import { PublishError } from '../errors.ts';
import { oscoreFileLoad } from '../oscore-file.ts';
import { identityTrouble, protectionDefine, protectionOf } from './protection.ts';
import { text } from './values.ts';
import type { Verb } from './verb.ts';

export const identityAdd: Verb = {
  example:
    'flipside identity add keys/lamp-1.identity --oscore lamp-1.oscore.json --key-file keys/lamp-1.key',
  define(command) {
    command
      .argument('<file>', 'the store')
      .option(
        '--oscore <file>',
        'a key of OSCORE, of flipside gateway enrol: it takes the place of the one before',
      );
    protectionDefine(command);
  },
  run([given], options) {
    const file = given as string;
    const from = text(options, 'oscore', 'Give the file that flipside gateway enrol --oscore wrote');
    const { device, key } = oscoreFileLoad(from);
    const protection = protectionOf(options);
    const content = identityTrouble(() => keyStoreOpen(file, protection));
    if (Buffer.from(content.device).toString('latin1') !== device)
      throw new PublishError(`is for ${device}, and the store of ${hexOf(content.device)}`, {
        file: from,
        field: 'device',
        remedy: 'A device is enrolled under the name of its store: flipside identity create --device HEX',
      });
    const id = hexOf(key.keyId);
    const others = content.keys.filter(({ kind, keyId }) => kind !== 'OSCORE' || hexOf(keyId) !== id);
    identityTrouble(() => keyStoreSave(file, { ...content, keys: [...others, key] }, protection));
    return {
      rows: [{ file, device, keyId: id, keys: others.length + 1 }],
      text: lines([
        ['identity', `${file}   (has it now; delete ${from})`],
        ['key id', `${id}   ("${Buffer.from(key.keyId).toString('latin1')}")`],
        ['', 'its numbers begin at 0: a file of numbers of an earlier key is not to be used with it'],
      ]),
    };
  },
};
