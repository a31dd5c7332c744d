/**
 * Makes the two files of a board: `.bootrst`, which Espruino evaluates after each reset, and `flipside`, the leaves
 * that it takes functions from. The source stays in flash; what is in RAM is the functions in use.
 *
 *   flipside   for each leaf, and for the end: where it begins, 6 characters | the leaves
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leavesMake } from './leaves.ts';
import type { Leaf } from './leaves.ts';
import { namesOf } from './names.ts';
import type { Texts } from './units.ts';

const Root = fileURLToPath(new URL('../../../', import.meta.url));
const EntryPath = join(Root, 'hal/espruino/entry.js');
const PlaceLength = 6;
export const LeavesFile = 'flipside';
export const BootFile = '.bootrst';

export interface BundleOptions {
  /** Emitted module with the functions of a `Board` (hal/espruino/loader.ts). */
  readonly board: string;
  /** Modules given as text, in place of what is at the path. */
  readonly texts?: Texts;
  /** Functions that are held, beside those at work. Default 12. */
  readonly functions?: number;
}

export interface Bundle {
  readonly files: ReadonlyMap<string, string>;
  readonly leaves: readonly Leaf[];
}

const quoted = (text: string): string => `'${text}'`;

const entryText = (board: string): string =>
  `import { load } from ${quoted('./loader.js')};
import { config, ports, inflate, image, network } from ${quoted(board)};
export function start() {
  return load({ config: config, ports: ports, inflate: inflate, image: image, network: network });
}
`;

/**
 * `$fs` gives a leaf; of those it holds it gives up the oldest when they are `most`, and for -1 all. The agent is opened
 * before the image can scatter its variables: a buffer that does not lie in one piece takes half as much again.
 */
const bootText = (most: number): string =>
  `$fs=(function(s,m){let r=[],q=new Uint16Array(m),n=0;` +
  `function p(i){return parseInt(s.substr(i*${PlaceLength},${PlaceLength}),10)}` +
  `function l(i){let a=p(i),t=s.substr(a,p(i+1)-a),k=t.indexOf(";"),b=t.substr(k+1),w=t.substr(0,k),` +
  `f=w=="="?eval(b):k?Function.apply(0,w.split(",").concat([b])):Function(b);` +
  `delete r[q[n]];q[n]=i;n=(n+1)%m;return r[i]=f}` +
  `return function(i){if(i<0){r=[];return process.memory()}return r[i]||l(i)}` +
  `})(require(${quoted('Storage')}).read("${LeavesFile}"),${most});\n` +
  `flipside=$fs(0)();\n` +
  `$fs(-1);\n` +
  `if(flipside.code>=0)flipside.open();\n` +
  `eval(flipside.image());\n`;

const leavesText = (leaves: readonly Leaf[]): string => {
  let at = PlaceLength * (leaves.length + 1);
  const places = [at, ...leaves.map(({ source }) => (at += source.length))];
  return (
    places.map((place) => String(place).padStart(PlaceLength)).join('') +
    leaves.map(({ source }) => source).join('')
  );
};

export const bundleMake = (options: BundleOptions): Bundle => {
  const board = options.board.startsWith('/') ? options.board : join(process.cwd(), options.board);
  const relative = join('/', board);
  const texts = new Map([...(options.texts ?? []), [EntryPath, entryText(relative)]]);
  const leaves = leavesMake(EntryPath, 'start', namesOf(Root), texts);
  return {
    files: new Map([
      [LeavesFile, leavesText(leaves)],
      [BootFile, bootText(options.functions ?? 12)],
    ]),
    leaves,
  };
};

export const here: string = dirname(EntryPath);
