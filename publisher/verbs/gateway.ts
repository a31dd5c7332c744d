import type { VerbGroup } from './verb.ts';

export const gateway: VerbGroup = {
  name: 'gateway',
  summary:
    'stands between a hawkBit server and devices: run, enrol, revoke, token, reseal, status, pause, resume',
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
    {
      name: 'revoke',
      summary: 'takes a device out of a gateway, and its secrets with it',
      load: async () => (await import('./gateway-revoke.ts')).gatewayRevoke,
    },
    {
      name: 'reseal',
      summary: 'seals the secrets anew, with another key file or passphrase',
      load: async () => (await import('./gateway-reseal.ts')).gatewayReseal,
    },
    {
      name: 'status',
      summary: 'how a gateway that runs is getting on; exit code 1 where somebody has to look',
      load: async () => (await import('./gateway-status.ts')).gatewayStatus,
    },
    {
      name: 'pause',
      summary: 'lets no device of a group begin, and holds back those that were told',
      load: async () => (await import('./gateway-hold.ts')).gatewayHold.pause,
    },
    {
      name: 'resume',
      summary: 'ends a pause, and lifts the stops of a group',
      load: async () => (await import('./gateway-hold.ts')).gatewayHold.resume,
    },
  ],
};
