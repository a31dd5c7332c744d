import { simBoot } from './sim-boot.ts';
import { simCreate } from './sim-create.ts';
import { simCut } from './sim-cut.ts';
import { simOffer } from './sim-offer.ts';
import { simServe } from './sim-serve.ts';
import { simStatus } from './sim-status.ts';
import type { VerbGroup } from './verb.ts';

export const sim: VerbGroup = {
  name: 'sim',
  summary: 'a simulated board kept in a folder: create, offer, boot, status, cut, serve',
  example: 'flipside sim create board --anchor keys/release.anchor.json --vendor example.com --class lamp',
  verbs: [simCreate, simOffer, simBoot, simStatus, simCut, simServe],
};
