/** What the product says of itself. A product writes it down; here the board's settings say it, so that keys can be made. */
import * as board from 'board';
import { hssLms } from 'flipside/agent/index';
import type { Config } from 'flipside/agent';

const bytes = (name: string): Uint8Array => {
  const hex = board.setting(name);
  const result = new Uint8Array(hex.length / 2);
  for (let i = 0; i < result.length; i++) result[i] = parseInt(hex.substring(2 * i, 2 * i + 2), 16);
  return result;
};

export function productConfig(): Config {
  const algorithm = parseInt(board.setting('algorithm'), 10);
  return {
    vendor: bytes('vendor'),
    classId: bytes('class'),
    anchors: [{ keyId: bytes('keyId'), algorithm, key: bytes('key') }],
    hssLms,
    trialWindow: 20,
  };
}
