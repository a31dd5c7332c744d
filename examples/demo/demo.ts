/** `npm run demo`: an update, end to end, on real firmware and on a real JavaScript application. `--json`: as data. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import colors from 'picocolors';
import { tellHostile } from './hostile.ts';
import { application, firmware } from './images.ts';
import { endAll, flipside } from './processes.ts';
import { sceneClose, sceneOpen } from './scene.ts';
import type { Scene, World } from './scene.ts';
import { tellStory } from './story.ts';
import { tellerOpen, thousands } from './teller.ts';
import type { Teller } from './teller.ts';

const json = process.argv.includes('--json');
const teller = tellerOpen(json);
const folder = mkdtempSync(join(tmpdir(), 'flipside-demo-'));
const begun = performance.now();

process.once('exit', () => {
  endAll();
  // A process that was killed just now may still be about to write.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

const keys = (world: World): Promise<void> =>
  teller.step('make a key', async (tell) => {
    const row = await flipside('keygen', '--out', world.key.replace(/\.pem$/, ''));
    tell.fact('algorithm', String(row['algorithm']));
    tell.fact('anchor, in the board', String(row['key']));
  });

const figures: Record<string, Readonly<Record<string, number>>> = {};

const play = async (): Promise<void> => {
  const release = join(folder, 'release');
  const world: World = { teller, folder, key: `${release}.pem`, anchor: `${release}.anchor.json` };
  teller.act('keys', 'Publisher, server and board are processes of their own; each command is `flipside`.');
  await keys(world);
  const scenes: Scene[] = [];
  const acts = [
    [
      firmware(),
      "A hub's firmware: its bytes are real, what they do is scripted, the agent is the real one.",
    ],
    [application(), 'A JavaScript application, executed for real in a realm of its own at each boot.'],
  ] as const;
  for (const [product, introduction] of acts) {
    teller.act(product.name, introduction);
    const scene = sceneOpen(world, product);
    scenes.push(scene);
    figures[product.name] = scene.figures;
    await tellStory(scene);
  }
  teller.act('hostile', 'The source of bytes is never trusted: the same board, and what it refuses.');
  await tellHostile(scenes[1]!);
  for (const scene of scenes) await sceneClose(scene);
};

const table = (to: Teller): void => {
  const names = Object.keys(figures);
  const rows = [...new Set(names.flatMap((name) => Object.keys(figures[name]!)))];
  to.act('figures', 'of release 1 to release 2, both cuts included');
  to.print(`\n    ${''.padEnd(28)}${names.map((name) => name.padStart(14)).join('')}`);
  for (const row of rows) {
    const cells = names.map((name) => thousands(figures[name]![row] ?? 0).padStart(14));
    to.print(`    ${row.padEnd(28)}${cells.join('')}`);
  }
};

/** Milliseconds after which something hangs, which is a failure too. */
const Patience = 180_000;
const deadline = new Promise<never>((_, reject) => {
  setTimeout(() => reject(new Error('the demo does not come to an end')), Patience).unref();
});

let trouble: unknown;
try {
  await Promise.race([play(), deadline]);
  table(teller);
} catch (error) {
  trouble = error;
}
const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
const ok = trouble === undefined && teller.steps.every((step) => step.ok);
if (json) {
  const rows = Object.entries(figures).map(([product, values]) => ({ product, ...values }));
  const document = { version: 1, command: 'demo', ok, seconds, rows: teller.steps, figures: rows };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
} else {
  const good = teller.steps.filter((step) => step.ok).length;
  const verdict = `${good} of ${teller.steps.length} steps as they should be, in ${seconds} s`;
  process.stdout.write(`\n${ok ? colors.green(verdict) : colors.red(verdict)}\n`);
}
if (trouble !== undefined && !teller.steps.some((step) => step.error !== undefined)) console.error(trouble);
process.exitCode = ok ? 0 : 1;
endAll();
