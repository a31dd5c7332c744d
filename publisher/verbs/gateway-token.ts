import { configLoad } from '../../gateway/config/config.ts';
import { PublishError } from '../errors.ts';
import { readText } from '../files.ts';
import { secretsChange } from './gateway-secrets.ts';
import { protectionDefine, protectionOf } from './protection.ts';
import { text } from './values.ts';
import type { Verb } from './verb.ts';

/** What may stand in a field of HTTP, and no blank. */
const TOKEN = /^[!-~]{1,512}$/;

export const gatewayToken: Verb = {
  example: 'flipside gateway token gateway.json --token-file token --key-file gateway.key',
  define(command) {
    command
      .argument('<config>', 'the configuration file of the gateway')
      .option(
        '--token-file <file>',
        "its first line is the tenant's gateway token; delete the file afterwards",
      );
    protectionDefine(command);
  },
  run([file], options) {
    const config = configLoad(file as string);
    const tokenFile = text(options, 'token-file', 'Give a file whose first line is the token');
    const [token = ''] = readText(tokenFile, '--token-file').split(/\r?\n/);
    if (!TOKEN.test(token)) {
      const remedy = 'Write the token alone into its first line: 1 to 512 characters without blanks';
      throw new PublishError('is no token', { file: tokenFile, field: '--token-file', remedy });
    }
    secretsChange(config.secrets, protectionOf(options), (secrets) => ({ ...secrets, upstreamToken: token }));
    return {
      rows: [{ secrets: config.secrets }],
      text: `sealed in ${config.secrets}; it speaks for every device of the tenant`,
    };
  },
};
