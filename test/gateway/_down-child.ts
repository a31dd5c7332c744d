/**
 * A gateway's CoAP or HTTP side over an inventory on the disk, in a process that kills itself before or after a write of
 * it. Arguments: folder, number of the write, `before` or `after`, `coap` or `http`. Prints its URL.
 */
import { writeSync } from 'node:fs';
import { openDesk } from '../../gateway/desk.ts';
import { openCoapDown } from '../../gateway/downstream/coap.ts';
import { openHttpDown } from '../../gateway/downstream/http.ts';
import { tokensOf } from '../../gateway/downstream/http-tokens.ts';
import { openDisk } from '../../gateway/inventory/disk.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { entry, keyOf } from './_devices.ts';

const [folder = '', nth = '1', when = 'before', link = 'coap'] = process.argv.slice(2);
const disk = await openDisk(folder);
let writes = 0;
const die = (): void => void process.kill(process.pid, 'SIGKILL');
const inventory = await openInventory({
  folder,
  entries: [entry('d1')],
  keyOf,
  disk: {
    load: () => disk.load(),
    close: () => disk.close(),
    async write(changes) {
      writes++;
      if (writes === Number(nth) && when === 'before') die();
      await disk.write(changes);
      if (writes === Number(nth)) die();
    },
  },
});
const desk = openDesk({
  inventory,
  rollout: { gate: () => ({ kind: 'open', whom: [], words: '' }) },
  releases: { find: () => undefined },
  store: { find: () => undefined, read: () => 0 },
});
const rooms = { desk, saved: (): Promise<void> => inventory.saved(), port: 0, warn: () => undefined };
const down =
  link === 'coap'
    ? await openCoapDown({ ...rooms, insecureCoap: true })
    : await openHttpDown({ ...rooms, insecure: true, host: '127.0.0.1', tokens: tokensOf([]) });
writeSync(1, `${down.url}\n`);
