import { existsSync } from 'node:fs';
import { configLoad } from '../../gateway/config/config.ts';
import { lines } from '../answer.ts';
import { PublishError } from '../errors.ts';
import { secretsOpen, secretsSeal } from './gateway-secrets.ts';
import { protectionDefine, protectionOf } from './protection.ts';
import type { Verb } from './verb.ts';

export const gatewayReseal: Verb = {
  example: 'flipside gateway reseal gateway.json --key-file gateway.key --new-key-file gateway-2.key',
  define(command) {
    command.argument('<config>', 'the configuration file of the gateway');
    protectionDefine(command);
    protectionDefine(command, 'new-');
  },
  run([file], options) {
    const { secrets: path } = configLoad(file as string);
    const [before, after] = [protectionOf(options), protectionOf(options, 'new-')];
    if (!existsSync(path))
      throw new PublishError('there is no such file', {
        file: path,
        field: 'secrets',
        remedy: 'There is nothing to seal anew: flipside gateway enrol and token make it',
      });
    secretsSeal(path, secretsOpen(path, before), after);
    return {
      rows: [{ secrets: path }],
      text: lines([
        ['secrets', `${path}   (opened by the new one alone)`],
        ['', 'what opened it before opens its old copies still: delete them, or rotate what is in them'],
      ]),
    };
  },
};
