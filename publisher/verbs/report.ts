import type { VerbGroup } from './verb.ts';

export const report: VerbGroup = {
  name: 'report',
  summary: 'what a device reported of itself: verify',
  example: 'flipside report verify lamp.report --key lamp.report-key.json --after 16',
  verbs: [
    {
      name: 'verify',
      summary: 'whether a report is of this device, and a new one',
      load: async () => (await import('./report-verify.ts')).reportVerifyVerb,
    },
  ],
};
