import type { VerbGroup } from './verb.ts';

export const gateway: VerbGroup = {
  name: 'gateway',
  summary: 'stands between a hawkBit server and devices: run, enrol, token',
  example: 'flipside gateway run gateway.json --key-file gateway.key',
  verbs: [
    {
      name: 'run',
      summary: 'runs the gateway of a configuration file until it is stopped',
      load: async () => (await import('./gateway-run.ts')).gatewayRun,
    },
    {
      name: 'enrol',
      summary: 'adds a device to a gateway, with the key of its reports',
      load: async () => (await import('./gateway-enrol.ts')).gatewayEnrol,
    },
    {
      name: 'token',
      summary: "seals hawkBit's gateway token",
      load: async () => (await import('./gateway-token.ts')).gatewayToken,
    },
  ],
};
