/** A cache that grows no further. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** When it was changed; another process may have removed it since it was listed. */
const changed = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Of the files in `folder` whose names are of that kind, removes all but the `most` that were changed last. */
export const keepNewest = (folder: string, names: RegExp, most: number): void => {
  const files = readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: changed(path) }))
    .sort((one, other) => other.at - one.at);
  for (const { path } of files.slice(most)) rmSync(path, { force: true });
};
