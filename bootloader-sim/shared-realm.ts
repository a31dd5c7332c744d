/**
 * The agent of this process, in place of a fresh world for each boot: what a thousand boards can afford. It holds no state
 * outside of what it opens (docs/DESIGN.md section 12), so nothing passes from boot to boot, or from board to board.
 */
import * as flipside from '../agent/index.ts';
import type { Realm } from './realm.ts';

const none = (): never => {
  throw new RangeError('no script is run in a realm that boards share');
};

export const sharedRealm: Realm = {
  flipside,
  run: none,
  runOwn: none,
  call: (work) => work(),
};
