/** swupdate of Debian as a device of the gateway's DDI: `-u`, its daemon that polls a hawkBit server. */
import { spawnSync } from 'node:child_process';
import { exchanges } from './_exchange.ts';
import type { Peer } from './_peer.ts';

export const swupdate: Peer = {
  name: 'swupdate',
  version: () => {
    const { stdout, error } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', 'swupdate'], {
      encoding: 'utf8',
    });
    if (error !== undefined) throw error;
    return stdout.trim();
  },
  scenarios: exchanges(
    'swupdate',
    {
      installs:
        'over TLS by its token: a signed .swu that a release of ours carries, installed; its success stays a claim',
      refuses: 'a release without a .swu: it fetches nothing of it, and its failure closes the action',
      recalled: 'work that is taken back after it was offered: it gives it up, and the action ends',
      stranger: "with another device's token it gets nothing",
    },
    120_000,
  ),
};
