import { configLoad } from '../../gateway/config/config.ts';
import { secretsChange } from './gateway-secrets.ts';
import { protectionDefine, protectionOf } from './protection.ts';
import { tokenRead } from './token-file.ts';
import { text } from './values.ts';
import type { Verb } from './verb.ts';

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
    const token = tokenRead(tokenFile);
    secretsChange(config.secrets, protectionOf(options), (secrets) => ({ ...secrets, upstreamToken: token }));
    return {
      rows: [{ secrets: config.secrets }],
      text: `sealed in ${config.secrets}; it speaks for every device of the tenant`,
    };
  },
};
