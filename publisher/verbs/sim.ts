import type { VerbGroup } from './verb.ts';

export const sim: VerbGroup = {
  name: 'sim',
  summary: 'a simulated board kept in a folder: create, offer, boot, status, sleep, cut, serve, lwm2m',
  example: 'flipside sim create board --anchor keys/release.anchor.json --vendor example.com --class lamp',
  verbs: [
    {
      name: 'create',
      summary: 'makes a simulated board in a folder',
      load: async () => (await import('./sim-create.ts')).simCreate,
    },
    {
      name: 'offer',
      summary: 'offers the board an update, from a file or a server, and activates it',
      load: async () => (await import('./sim-offer.ts')).simOffer,
    },
    {
      name: 'boot',
      summary: 'lets the board boot and run, through resets, until an image runs that is not on trial',
      load: async () => (await import('./sim-boot.ts')).simBoot,
    },
    {
      name: 'status',
      summary: 'what the flash of the board holds, in words and in a picture; does not boot it',
      load: async () => (await import('./sim-status.ts')).simStatus,
    },
    {
      name: 'sleep',
      summary: 'lets time pass in deep sleep; the next command wakes the board',
      load: async () => (await import('./sim-sleep.ts')).simSleep,
    },
    {
      name: 'cut',
      summary: 'pulls the plug: now, or at a flash operation of the next command',
      load: async () => (await import('./sim-cut.ts')).simCut,
    },
    {
      name: 'serve',
      summary: 'runs the board, with a socket as its serial line, until it is stopped',
      load: async () => (await import('./sim-serve.ts')).simServe,
    },
    {
      name: 'lwm2m',
      summary: 'runs the board under an LwM2M server, until it is stopped',
      load: async () => (await import('./sim-lwm2m.ts')).simLwm2m,
    },
    {
      name: 'hawkbit',
      summary: 'runs the board under a hawkBit server, until it is stopped',
      load: async () => (await import('./sim-hawkbit.ts')).simHawkbit,
    },
  ],
};
