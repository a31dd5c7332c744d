/** What public tools make of the same pair. install.sh installs them; one that is not there is null. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

export type Peers = Readonly<Record<string, number | null>>;

const environment = join(process.cwd(), '.cache/patch-peers/bin');

/** Each with its strongest options. The patch goes to the third path. */
const Commands: Readonly<Record<string, (old: string, fresh: string, patch: string) => readonly string[]>> = {
  bsdiff: (old, fresh, patch) => ['bsdiff', old, fresh, patch],
  'xdelta3, lzma': (old, fresh, patch) => [
    'xdelta3',
    '-e',
    '-9',
    '-f',
    '-S',
    'lzma',
    '-s',
    old,
    fresh,
    patch,
  ],
  'xdelta3, djw': (old, fresh, patch) => ['xdelta3', '-e', '-9', '-f', '-S', 'djw', '-s', old, fresh, patch],
  zstd: (old, fresh, patch) => [
    'zstd',
    '--ultra',
    '-22',
    '-q',
    '-f',
    `--patch-from=${old}`,
    fresh,
    '-o',
    patch,
  ],
  'detools, lzma': (old, fresh, patch) => detools('lzma', old, fresh, patch),
  'detools, crle': (old, fresh, patch) => detools('crle', old, fresh, patch),
};

const detools = (compression: string, old: string, fresh: string, patch: string): readonly string[] => [
  join(environment, 'detools'),
  'create_patch',
  '-c',
  compression,
  old,
  fresh,
  patch,
];

const HDiffPatch = `
import hdiffpatch, json, sys
old, fresh = (open(path, 'rb').read() for path in sys.argv[1:])
names = ['none', 'bzip2', 'lzma', 'lzma2', 'xz', 'zstd', 'brotli']
size = lambda name: len(hdiffpatch.diff(old, fresh, getattr(hdiffpatch, 'COMPRESSION_' + name.upper())))
print(json.dumps({name: size(name) for name in names}))
`;
const HDiffPatchName = 'HDiffPatch';

const run = (command: string, args: readonly string[]): string | undefined => {
  const { status, stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
  return error !== undefined || status !== 0 ? undefined : stdout;
};

const hdiffpatch = (old: string, fresh: string): Peers => {
  const output = run(join(environment, 'python'), ['-c', HDiffPatch, old, fresh]);
  if (output === undefined) return { [HDiffPatchName]: null };
  const sizes = JSON.parse(output) as Record<string, number>;
  return Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [
      name === 'none' ? HDiffPatchName : `${HDiffPatchName}, ${name}`,
      size,
    ]),
  );
};

export const peersOf = (old: string, fresh: string, patch: string): Peers => {
  const sizes: Record<string, number | null> = { ...hdiffpatch(old, fresh) };
  for (const [name, command] of Object.entries(Commands)) {
    const [tool, ...args] = command(old, fresh, patch);
    sizes[name] = run(tool!, args) === undefined ? null : statSync(patch).size;
  }
  return sizes;
};

/** The least that HDiffPatch comes to. */
export const hdiffpatchBest = (peers: Peers): number | undefined => {
  const sizes = Object.entries(peers).flatMap(([name, size]) =>
    name.startsWith(HDiffPatchName) && size !== null ? [size] : [],
  );
  return sizes.length === 0 ? undefined : Math.min(...sizes);
};
