import type { VerbGroup } from './verb.ts';

export const serial: VerbGroup = {
  name: 'serial',
  summary: 'a board on a serial line, by SMP: install, status, confirm, revert, reset',
  example: 'flipside serial install out/update.bundle --port /dev/ttyUSB0',
  verbs: [
    {
      name: 'install',
      summary: 'sends a bundle over a serial line, lets the board try it, and waits for what comes of it',
      load: async () => (await import('./serial-install.ts')).serialInstall,
    },
    {
      name: 'status',
      summary: 'what the board runs, and what last happened to it',
      load: async () => (await import('./serial-board.ts')).serialBoard.status,
    },
    {
      name: 'confirm',
      summary: 'the word that the image on trial is good; its required checks must have passed',
      load: async () => (await import('./serial-board.ts')).serialBoard.confirm,
    },
    {
      name: 'revert',
      summary: 'ends a trial, or goes back to the image before',
      load: async () => (await import('./serial-board.ts')).serialBoard.revert,
    },
    {
      name: 'reset',
      summary: 'restarts the board',
      load: async () => (await import('./serial-board.ts')).serialBoard.reset,
    },
  ],
};
