/** `npm run xs`: the emulated board for people. */
import { readFileSync } from 'node:fs';
import { commandRun } from '../../publisher/command.ts';
import type { VerbRow } from '../../publisher/verbs/verb.ts';

const verbs: readonly VerbRow[] = [
  {
    name: 'create',
    summary: 'makes a board: its firmware with the anchor, and its flash, in a folder',
    load: async () => (await import('./command/create.ts')).create,
  },
  {
    name: 'image',
    summary: 'makes an image of a script: byte code for one board, to be packed like any image',
    load: async () => (await import('./command/image.ts')).image,
  },
  {
    name: 'flash',
    summary: 'the first flash: puts what flipside provision made into slot A, and erases the rest',
    load: async () => (await import('./command/flash.ts')).flash,
  },
  {
    name: 'run',
    summary: 'puts the board under power, until Ctrl-C takes it away',
    load: async () => (await import('./command/run.ts')).run,
  },
];

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await commandRun({
  name: 'npm run xs --',
  short: 'xs',
  description: 'A RISC-V board in QEMU that runs JavaScript and the update agent on the XS engine.',
  version,
  verbs,
});
