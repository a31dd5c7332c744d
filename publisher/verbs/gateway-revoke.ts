import { configLoad } from '../../gateway/config/config.ts';
import { devicesLoad, devicesSave } from '../../gateway/config/devices.ts';
import { PublishError } from '../errors.ts';
import { secretsOpen, secretsSeal } from './gateway-secrets.ts';
import { protectionDefine, protectionOf } from './protection.ts';
import type { Verb } from './verb.ts';

export const gatewayRevoke: Verb = {
  example: 'flipside gateway revoke gateway.json lamp-1 --key-file gateway.key',
  define(command) {
    command
      .argument('<config>', 'the configuration file of the gateway')
      .argument('<device>', 'its id: it is answered no more, and its secrets go');
    protectionDefine(command);
  },
  run([file, id], options) {
    const config = configLoad(file as string);
    const device = id as string;
    const entries = devicesLoad(config.devices);
    const left = entries.filter((entry) => entry.id !== device);
    const known = left.length < entries.length;
    const pair = config.plan.pairs.find((one) => one.includes(device));
    if (pair !== undefined)
      throw new PublishError(`${device} is of the pair ${pair.join(', ')}`, {
        file: config.file,
        field: 'pairs',
        remedy: 'Take it out of pairs first: a pair with a device that is not known is refused',
      });
    const protection = protectionOf(options);
    const secrets = secretsOpen(config.secrets, protection);
    const { [device]: gone, ...devices } = secrets.devices;
    if (!known && gone === undefined)
      throw new PublishError('is not enrolled', {
        file: config.devices,
        field: device,
        remedy: 'Look at its id',
      });
    // The list first: a device that is named, and whose secrets are gone, would be one to wonder about.
    if (known) devicesSave(config.devices, left);
    if (gone !== undefined) secretsSeal(config.secrets, { ...secrets, devices }, protection);
    return {
      rows: [{ device, devices: left.length }],
      text: `${device} is revoked, ${left.length} devices are left; a gateway that runs learns of it when it is started again`,
    };
  },
};
