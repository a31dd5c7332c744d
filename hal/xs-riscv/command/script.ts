/** An image of a script, linked behind the firmware of a board. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileScript, ScriptError } from '../build/firmware.ts';
import { PublishError } from '../../../publisher/errors.ts';
import { readBytes } from '../../../publisher/files.ts';

/** `field`: the argument that gave the script; `firmware`: the path of its archive. */
export const imageOf = async (entry: string, field: string, firmware: string): Promise<Uint8Array> => {
  // That it is there is said by its name here; the compiler knows a copy.
  readBytes(entry, field);
  const place = mkdtempSync(join(tmpdir(), 'flipside-image-'));
  const out = join(place, 'image.xsb');
  try {
    return await compileScript(entry, out, firmware);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const what = error.message.replaceAll(`${out}.js:`, 'in its bundled form, line ');
    throw new PublishError(what, { file: entry, field, remedy: 'Correct the script' });
  } finally {
    rmSync(place, { recursive: true });
  }
};
