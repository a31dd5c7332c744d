import { once } from 'node:events';
import { stderr } from 'node:process';
import { configLoad } from '../../gateway/config/config.ts';
import { openGateway } from '../../gateway/gateway.ts';
import { TOKEN_LEAST } from '../../gateway/status/guard.ts';
import { lines } from '../answer.ts';
import { secretsOpen } from './gateway-secrets.ts';
import { protectionDefine, protectionOf } from './protection.ts';
import { tokenRead } from './token-file.ts';
import { optionalText } from './values.ts';
import type { Verb } from './verb.ts';

export const gatewayRun: Verb = {
  example: 'flipside gateway run gateway.json --key-file gateway.key',
  define(command) {
    command
      .argument('<config>', 'the configuration file (docs/DESIGN.md section 30)')
      .option('--secrets <file>', 'the sealed secrets, in place of those that the configuration names')
      .option('--status-token-file <file>', 'its first line lets who shows it pause and resume groups');
    protectionDefine(command);
  },
  async run([file], options) {
    const named = configLoad(file as string);
    const config = { ...named, secrets: optionalText(options, 'secrets') ?? named.secrets };
    const secrets = secretsOpen(config.secrets, protectionOf(options));
    const tokenFile = optionalText(options, 'status-token-file');
    const statusToken =
      tokenFile === undefined ? undefined : tokenRead(tokenFile, TOKEN_LEAST, '--status-token-file');
    const warn = (words: string): void => void stderr.write(`warning: ${words}\n`);
    const note = (words: string): void => void stderr.write(`${words}\n`);
    const gateway = await openGateway({ config, secrets, statusToken, warn, note });
    const { coap, http, status, devices } = gateway;
    const places = [coap ?? 'no CoAP', ...(http === undefined ? [] : [http]), status ?? 'no status'];
    stderr.write(`${places.join('   ')}   ${devices} devices   (Ctrl-C ends it)\n`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await gateway.close();
    return {
      rows: [{ coap: coap ?? null, http: http ?? null, status: status ?? null, devices }],
      text: lines([['gateway', 'stopped; what it knows is on the disk']]),
    };
  },
};
