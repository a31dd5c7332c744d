import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { treeRead } from './_tree.ts';

/**
 * Who may import whom. The first row whose `from` starts the importing file's path holds. `may` and `types` name
 * files or folders of the project, packages, and `node:`; `types` is for `import type`, which leaves nothing behind
 * at run time. `not` takes back a part of `may`.
 */
interface Arrows {
  readonly from: string;
  readonly may: readonly string[];
  readonly types?: readonly string[];
  readonly not?: readonly string[];
}

const LEAVES = ['agent/bytes.ts', 'agent/codes.ts', 'agent/err.ts'];
const FORMATS = ['agent/format/', ...LEAVES];
const PLATFORMS = ['hal/node/', 'hal/moddable/', 'hal/espruino/'];
const PROVIDERS = ['@noble/', 'fflate'];
const BUILD_STEP = 'bootloader-sim/bundle.ts';
/** Makes the emulated board; not shipped. */
const XS_BOARD = 'hal/xs-riscv/';
/** Makes the files of an Espruino; not shipped. */
const ESPRUINO_BUILD = 'hal/espruino/build/';
const COMMAND_PARTS = [
  'answer',
  'anchors',
  'bytes',
  'errors',
  'explain',
  'files',
  'identifiers',
  'keys',
  'pack',
  'provision',
  'read-slot',
  'verbs/values',
  'verbs/verb',
  'verify',
].map((name) => `publisher/${name}.ts`);
/** Of the Moddable SDK, and the board's own. */
const SDK_MODULES = ['board', 'crypt', 'curve', 'ecp', 'modules', 'mont', 'time', 'timer'];
const WORKSHOP = ['agent/', 'hal/', 'bootloader-sim/', 'publisher/', 'node:', ...PROVIDERS];

const ARROWS: readonly Arrows[] = [
  { from: 'agent/err.ts', may: [] },
  { from: 'agent/codes.ts', may: ['agent/err.ts'] },
  { from: 'agent/bytes.ts', may: ['agent/codes.ts', 'agent/err.ts'] },
  { from: 'agent/format/', may: FORMATS, types: ['hal/ports.ts'] },
  { from: 'agent/', may: ['agent/'], types: ['hal/ports.ts'] },
  { from: 'hal/ports.ts', may: [] },
  // Bound to the device dialect, and so free of libraries.
  { from: 'hal/inflate.ts', may: ['hal/inflate-code.ts', ...LEAVES], types: ['hal/ports.ts'] },
  { from: 'hal/inflate-code.ts', may: LEAVES, types: ['hal/ports.ts'] },
  { from: 'hal/sha256.ts', may: [], types: ['hal/ports.ts'] },
  { from: 'hal/links/', may: ['hal/links/'], types: ['hal/coap/', 'hal/http/'] },
  { from: 'hal/http/', may: ['hal/http/', ...LEAVES] },
  {
    from: 'hal/hawkbit/',
    may: ['hal/hawkbit/', 'hal/http/', 'hal/weight.ts', 'agent/report.ts', ...LEAVES],
    types: ['agent/', 'hal/ports.ts'],
  },
  { from: 'hal/partition.ts', may: LEAVES, types: ['hal/ports.ts'] },
  { from: 'hal/conformance.ts', may: ['hal/conformance/', ...LEAVES], types: ['hal/ports.ts'] },
  { from: 'hal/conformance/', may: ['hal/conformance/', ...LEAVES], types: ['hal/ports.ts'] },
  {
    from: 'hal/mcuboot/',
    may: ['hal/mcuboot/', 'agent/flash.ts', ...FORMATS],
    types: ['agent/', 'hal/ports.ts'],
  },
  {
    from: 'hal/esp-idf/',
    may: ['hal/esp-idf/', 'hal/partition.ts', 'agent/flash.ts', ...LEAVES],
    types: ['hal/ports.ts'],
  },
  {
    from: 'hal/lwm2m/',
    may: ['hal/lwm2m/', 'hal/coap/', 'hal/result.ts', 'agent/report.ts', ...LEAVES],
    types: ['agent/', 'hal/ports.ts'],
  },
  {
    from: 'test/peers/',
    may: [...WORKSHOP, 'gateway/', 'test/', 'bench/', 'ava', 'cborg', 'commander', 'playwright-core'],
  },
  { from: 'hal/coap/', may: ['hal/coap/', 'hal/http/', ...LEAVES], types: ['agent/', 'hal/ports.ts'] },
  { from: 'hal/result.ts', may: [] },
  { from: 'hal/weight.ts', may: ['agent/err.ts'] },
  {
    from: 'hal/identity/',
    may: ['hal/identity/', 'hal/result.ts', 'hal/serial/message/writer.ts', 'agent/flash.ts', ...FORMATS],
    types: ['agent/', 'hal/ports.ts'],
  },
  {
    from: 'hal/oscore/',
    may: ['hal/oscore/', 'hal/coap/', 'hal/aes.ts', ...LEAVES],
    types: ['hal/identity/'],
  },
  {
    from: 'hal/serial/',
    may: ['hal/serial/', 'agent/report.ts', ...LEAVES],
    types: ['agent/', 'hal/ports.ts'],
  },
  {
    from: 'hal/check-in/',
    may: ['hal/check-in/', 'hal/serial/message/writer.ts', 'hal/time/source.ts', ...FORMATS],
  },
  { from: 'hal/keep/', may: ['hal/keep/', 'agent/flash.ts', ...LEAVES], types: ['hal/ports.ts'] },
  { from: 'hal/time/', may: ['hal/time/', 'hal/http/date.ts', ...LEAVES], types: ['hal/ports.ts'] },
  {
    from: 'hal/node/',
    may: ['hal/', 'node:', 'agent/report.ts', ...FORMATS, ...PROVIDERS],
    types: ['agent/'],
    not: PLATFORMS.slice(1),
  },
  {
    from: 'hal/moddable/',
    may: ['hal/', 'embedded:', 'agent/update.ts', ...FORMATS],
    types: ['agent/'],
    not: ['hal/node/', 'hal/espruino/'],
  },
  // The step that makes the files of a board; runs on a workstation.
  { from: ESPRUINO_BUILD, may: [ESPRUINO_BUILD, 'node:', 'esbuild'] },
  // The part that stays holds agent and boot decision.
  {
    from: 'hal/espruino/loader.ts',
    may: ['hal/espruino/', 'agent/agent.ts', 'agent/boot.ts'],
    types: ['agent/', 'hal/ports.ts'],
  },
  {
    from: 'hal/espruino/',
    may: ['hal/', ...FORMATS],
    types: ['agent/'],
    not: ['hal/node/', 'hal/moddable/'],
  },
  { from: `${XS_BOARD}build/`, may: [`${XS_BOARD}build/`, 'node:', 'esbuild'] },
  // The command; of publisher/ what the arguments are read with, and what is known of slots and envelopes.
  {
    from: `${XS_BOARD}command/`,
    may: [`${XS_BOARD}command/`, `${XS_BOARD}build/`, 'node:', ...COMMAND_PARTS],
  },
  {
    from: `${XS_BOARD}command.ts`,
    may: [`${XS_BOARD}command/`, 'publisher/command.ts', 'publisher/verbs/verb.ts', 'node:'],
  },
  { from: `${XS_BOARD}firmware/`, may: ['hal/', 'agent/'], not: PLATFORMS },
  { from: 'hal/', may: ['hal/', ...FORMATS, ...PROVIDERS], types: ['agent/'], not: PLATFORMS },
  // Runs at build, on the output.
  { from: BUILD_STEP, may: ['bootloader-sim/', 'agent/codes.ts', 'agent/err.ts', 'node:', 'esbuild'] },
  { from: 'bootloader-sim/', may: ['bootloader-sim/', 'agent/', 'hal/', 'node:', 'cborg'] },
  { from: 'gateway/contract', may: ['gateway/contract/'] },
  {
    from: 'gateway/',
    may: ['gateway/', ...WORKSHOP, 'cborg', 'classic-level', 'fastify'],
    not: ['bootloader-sim/', 'publisher/verbs/', 'publisher/sim/'],
  },
  // The verb opens it when it is asked for.
  {
    from: 'publisher/',
    may: [...WORKSHOP, 'gateway/', 'cborg', 'commander', 'cli-progress', 'picocolors', 'sirv'],
  },
  { from: 'bench/', may: [...WORKSHOP, 'gateway/', 'bench/', 'esbuild', 'picocolors'] },
  // Runs on the board: of the SDK it imports modules, of flipside what hal/moddable/manifest.json names.
  { from: 'examples/moddable/', may: ['examples/moddable/', 'flipside', 'embedded:', ...SDK_MODULES] },
  // What it requires is in Espruino.
  {
    from: 'examples/espruino/board.ts',
    may: ['agent/', 'hal/', 'examples/', 'Flash', 'crypto', 'http', 'fs'],
  },
  { from: 'examples/', may: [...WORKSHOP, 'examples/', 'flipside', 'picocolors'] },
  // Runs on the engine, beside the SDK's modules.
  {
    from: 'test/moddable/engine/',
    may: ['hal/', 'examples/moddable/', 'signatures', 'embedded:', ...SDK_MODULES],
  },
  // A command of its own, for people to read.
  {
    from: 'test/crash/',
    may: [...WORKSHOP, 'test/', 'ava', 'esbuild', 'fast-check', 'commander', 'cli-progress'],
  },
  {
    from: 'test/',
    may: [
      ...WORKSHOP,
      'gateway/',
      'test/',
      'bench/',
      'examples/',
      'flipside',
      'ava',
      'fast-check',
      'cborg',
      'esbuild',
    ],
  },
];

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)(\s+type)?\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;

function importsOf(path: string, text: string): Import[] {
  const resolve = (name: string): string => (name.startsWith('.') ? join(dirname(path), name) : name);
  return [
    ...[...text.matchAll(STATEMENT)].map((found) => ({
      target: resolve(found[2]!),
      typeOnly: found[1] !== undefined,
    })),
    ...[...text.matchAll(BARE)].map((found) => ({ target: resolve(found[1]!), typeOnly: false })),
    ...[...text.matchAll(DYNAMIC)].map((found) => ({ target: resolve(found[1]!), typeOnly: false })),
  ];
}

/** `a` covers `a/b` and, written `a/` or `a:`, whatever starts so. */
const covers = (list: readonly string[], target: string): boolean =>
  list.some((entry) => target === entry || target.startsWith(/[/:]$/.test(entry) ? entry : `${entry}/`));

function wrongArrows(files: ReadonlyMap<string, string>): string[] {
  const wrong: string[] = [];
  for (const [path, text] of files) {
    const row = ARROWS.find(({ from }) => path === from || (from.endsWith('/') && path.startsWith(from)));
    if (row === undefined) {
      wrong.push(`${path}: no row of the table says what it may import`);
      continue;
    }
    for (const { target, typeOnly } of importsOf(path, text)) {
      const asValue = covers(row.may, target) && !covers(row.not ?? [], target);
      const asType = typeOnly && covers(row.types ?? [], target);
      if (!asValue && !asType) wrong.push(`${path} imports ${typeOnly ? 'a type of ' : ''}${target}`);
    }
  }
  return wrong;
}

const typescript = treeRead(['.ts']);

test('every import follows the table', (t) => {
  t.true(typescript.size > 3, 'the tree was found');
  t.deepEqual(wrongArrows(typescript), []);
});

// path, import, what is said of it
const WRONG: readonly (readonly [string, string, string])[] = [
  ['agent/session.ts', "import { x } from '../hal/ports.ts';", 'agent/session.ts imports hal/ports.ts'],
  [
    'agent/session.ts',
    "import type { X } from '../hal/noble.ts';",
    'agent/session.ts imports a type of hal/noble.ts',
  ],
  [
    'agent/session.ts',
    "import { sha256 } from '@noble/hashes/sha2.js';",
    'agent/session.ts imports @noble/hashes/sha2.js',
  ],
  ['agent/session.ts', "import { readFileSync } from 'node:fs';", 'agent/session.ts imports node:fs'],
  [
    'agent/session.ts',
    "import type { X } from '../publisher/pack.ts';",
    'agent/session.ts imports a type of publisher/pack.ts',
  ],
  [
    'agent/format/cbor.ts',
    "import { f } from '../policy.ts';",
    'agent/format/cbor.ts imports agent/policy.ts',
  ],
  [
    'agent/format/cbor.ts',
    "import type { F } from '../policy.ts';",
    'agent/format/cbor.ts imports a type of agent/policy.ts',
  ],
  ['agent/codes.ts', "export * from './bytes.ts';", 'agent/codes.ts imports agent/bytes.ts'],
  [
    'hal/ports.ts',
    "import type { A } from '../agent/index.ts';",
    'hal/ports.ts imports a type of agent/index.ts',
  ],
  ['hal/noble.ts', "import { openAgent } from '../agent/index.ts';", 'hal/noble.ts imports agent/index.ts'],
  ['hal/noble.ts', "import { createHash } from 'node:crypto';", 'hal/noble.ts imports node:crypto'],
  ['hal/index.ts', "export * from './node/index.ts';", 'hal/index.ts imports hal/node/index.ts'],
  ['hal/inflate.ts', "import { inflateSync } from 'fflate';", 'hal/inflate.ts imports fflate'],
  [
    'hal/node/board.ts',
    "import {\n  a,\n  b,\n} from '../espruino/flash.ts';",
    'hal/node/board.ts imports hal/espruino/flash.ts',
  ],
  ['hal/moddable/flash.ts', "import '../node/index.ts';", 'hal/moddable/flash.ts imports hal/node/index.ts'],
  [
    'bootloader-sim/board.ts',
    "import { pack } from '../publisher/pack.ts';",
    'bootloader-sim/board.ts imports publisher/pack.ts',
  ],
  [
    'bootloader-sim/board.ts',
    "const { sha256 } = await import('@noble/hashes/sha2.js');",
    'bootloader-sim/board.ts imports @noble/hashes/sha2.js',
  ],
  [
    'bootloader-sim/board.ts',
    "import { inflateSync } from 'fflate';",
    'bootloader-sim/board.ts imports fflate',
  ],
  [
    'publisher/pack.ts',
    "import { treeRead } from '../test/_tree.ts';",
    'publisher/pack.ts imports test/_tree.ts',
  ],
  [
    'examples/node/quick-start.ts',
    "import { b } from '../../test/_board.ts';",
    'examples/node/quick-start.ts imports test/_board.ts',
  ],
  [
    'hal/espruino/flash.ts',
    "import { bootDecide } from '../../agent/boot.ts';",
    'hal/espruino/flash.ts imports agent/boot.ts',
  ],
  ['publisher/pack.ts', "import lodash from 'lodash';", 'publisher/pack.ts imports lodash'],
  ['scripts/x.ts', 'export const a = 1;', 'scripts/x.ts: no row of the table says what it may import'],
];

for (const [path, line, says] of WRONG) {
  test(`caught: ${says}`, (t) => {
    t.deepEqual(wrongArrows(new Map([[path, `${line}\n`]])), [says]);
  });
}

const RIGHT: readonly (readonly [string, string])[] = [
  ['agent/session.ts', "import type { Ports } from '../hal/ports.ts';"],
  ['agent/session.ts', "import { parse } from './format/manifest.ts';"],
  ['agent/format/cbor.ts', "import { Err } from '../codes.ts';"],
  ['hal/noble.ts', "import { sha256 } from '@noble/hashes/sha2.js';"],
  ['hal/noble.ts', "import type { Agent } from '../agent/index.ts';"],
  ['hal/node/http.ts', "import { request } from 'node:http';"],
  ['publisher/pack.ts', "import { encode } from 'cborg';"],
];

for (const [path, line] of RIGHT) {
  test(`let through: ${path}: ${line}`, (t) => {
    t.deepEqual(wrongArrows(new Map([[path, `${line}\n`]])), []);
  });
}

test('what is shipped imports only packages that are installed with it', (t) => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const missing: string[] = [];
  for (const [path, text] of typescript) {
    const shipped = /^(agent|hal|bootloader-sim|publisher)\//.test(path) && !path.startsWith(XS_BOARD);
    if (!shipped || path === BUILD_STEP || path.startsWith(ESPRUINO_BUILD)) continue;
    for (const { target } of importsOf(path, text)) {
      const local = target.startsWith('node:') || target.startsWith('embedded:') || target.endsWith('.ts');
      if (!local && !covers(Object.keys(dependencies), target)) missing.push(`${path} imports ${target}`);
    }
  }
  t.deepEqual(missing, []);
});
