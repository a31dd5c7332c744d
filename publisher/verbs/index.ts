import { gateway } from './gateway.ts';
import { identity } from './identity.ts';
import { report } from './report.ts';
import { serial } from './serial.ts';
import { sim } from './sim.ts';
import type { VerbGroup, VerbRow } from './verb.ts';

export const verbs: readonly (VerbRow | VerbGroup)[] = [
  {
    name: 'keygen',
    summary: 'makes a key pair; prints the anchor also as a source constant',
    load: async () => (await import('./keygen.ts')).keygen,
  },
  {
    name: 'provision',
    summary: 'the first flash of a board: a whole slot, to be programmed as it is',
    load: async () => (await import('./provision.ts')).provision,
  },
  {
    name: 'pack',
    summary: 'makes an update of an image: envelope and payload, or a bundle',
    load: async () => (await import('./pack.ts')).pack,
  },
  {
    name: 'mcuboot',
    summary: 'makes an image for the MCUboot bootloader, to be packed as any other',
    load: async () => (await import('./mcuboot.ts')).mcuboot,
  },
  {
    name: 'sign',
    summary: 'adds a signature; or prints what is to be signed and takes the signature back',
    load: async () => (await import('./sign.ts')).sign,
  },
  {
    name: 'publish',
    summary: 'lays a release out for static hosting',
    load: async () => (await import('./publish.ts')).publish,
  },
  {
    name: 'statement',
    summary: 'signs what the latest release is, until a time or as the answer to a nonce',
    load: async () => (await import('./statement.ts')).statement,
  },
  identity,
  report,
  {
    name: 'inspect',
    summary: 'any artefact or flash dump in words and in a picture',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'verify',
    summary: 'would this device take it; if not, why',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'serve',
    summary: 'static files with Range, for trying out',
    load: async () => (await import('./serve.ts')).serve,
  },
  gateway,
  {
    name: 'fleet',
    summary: 'many simulated devices against a real server, some of them made to fail',
    load: async () => (await import('./fleet.ts')).fleet,
  },
  {
    name: 'explain',
    summary: 'what a code means and what to do',
    load: async () => (await import('./explain.ts')).explain,
  },
  serial,
  sim,
];
