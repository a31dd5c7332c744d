/** Builds with the SDK's Linux tools what the tests here run, once in each process. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = 'examples/moddable/linux/build.sh';

export const folder: string = mkdtempSync(join(tmpdir(), 'flipside-moddable-'));
export const place = (...names: string[]): string => join(folder, ...names);

const run = (...given: string[]): void => {
  if (!process.env['MODDABLE'])
    throw new Error(
      'MODDABLE is not set: it names the folder of the Moddable SDK (docs/PORTING.md section 13)',
    );
  execFileSync('sh', [SCRIPT, place('out'), ...given], { stdio: ['ignore', 'inherit', 'inherit'] });
};

let built = false;
export const build = (): void => {
  if (!built) run();
  built = true;
};

/** The archive of an image: of one module, "image", with this script. */
export const image = (name: string, script: string): Uint8Array => {
  const source = place(name);
  mkdirSync(source);
  writeFileSync(join(source, 'image.js'), script);
  writeFileSync(join(source, 'manifest.json'), JSON.stringify({ modules: { image: './image' } }));
  run('image', name, source);
  copyFileSync(place('out', `${name}.xsa`), place(`${name}.xsa`));
  return readFileSync(place(`${name}.xsa`));
};
