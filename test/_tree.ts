import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.cache']);

/** The project's files whose names end in one of `endings`: path from the project's root to text. */
export function treeRead(endings: readonly string[], folder = '.'): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      for (const [inner, text] of treeRead(endings, path)) files.set(inner, text);
    } else if (endings.some((ending) => entry.name.endsWith(ending))) {
      files.set(path, readFileSync(path, 'utf8'));
    }
  }
  return files;
}
