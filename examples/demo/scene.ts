/** One product, its releases, its board and its server, and what the steps of its story share. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Reset } from 'flipside/agent';
import { dumpRead, picture } from './flash-view.ts';
import type { Dump, Knowledge } from './flash-view.ts';
import type { Product } from './images.ts';
import { boardStart, flipside, serverStart } from './processes.ts';
import type { BoardProcess, Row, Server } from './processes.ts';
import type { Operations, Setup, Standing } from './protocol.ts';
import type { Teller, Telling } from './teller.ts';

export const Vendor = 'example.com';

export interface World {
  readonly teller: Teller;
  /** Everything the demo writes is below it. */
  readonly folder: string;
  readonly key: string;
  readonly anchor: string;
}

export interface Scene {
  readonly world: World;
  readonly product: Product;
  readonly folder: string;
  readonly served: string;
  readonly setupFile: string;
  readonly directory: string;
  board: BoardProcess;
  server: Server | undefined;
  /** Slot and release (0, 1, 2) that run. */
  slot: number;
  release: number;
  readonly figures: Record<string, number>;
}

export const sceneOpen = (world: World, product: Product): Scene => {
  const folder = join(world.folder, product.name);
  const directory = join(folder, 'board');
  const setupFile = join(folder, 'board.json');
  mkdirSync(folder, { recursive: true });
  const setup: Setup = {
    board: product.board,
    directory,
    vendor: Vendor,
    model: product.model,
    anchorFile: world.anchor,
    behaviours: product.behaviours,
  };
  writeFileSync(setupFile, JSON.stringify(setup));
  return {
    world,
    product,
    folder,
    served: join(folder, 'public'),
    setupFile,
    directory,
    board: boardStart(setupFile),
    server: undefined,
    slot: 0,
    release: 0,
    figures: {},
  };
};

export interface PackChoice {
  readonly sequence: number;
  readonly key?: string;
  readonly vendor?: string;
}

export const imageFile = (scene: Scene, release: number): string => {
  const file = join(scene.folder, `image-${release + 1}.bin`);
  writeFileSync(file, scene.product.images[release]!);
  return file;
};

/** Packs a release into a folder of its own, which it returns with the command's figures. */
export const packed = async (
  scene: Scene,
  release: number,
  { sequence, key, vendor }: PackChoice,
): Promise<{ out: string; row: Row }> => {
  const { world, product, folder } = scene;
  const out = join(folder, `pack-${release + 1}-${sequence}-${vendor ?? 'own'}-${key ? 'other' : 'own'}`);
  const names = ['--vendor', vendor ?? Vendor, '--class', product.model, '--sequence', String(sequence)];
  const row = await flipside(
    'pack',
    imageFile(scene, release),
    '--key',
    key ?? world.key,
    ...names,
    '--out',
    out,
  );
  return { out, row };
};

/** Publishes a packed release; the URL path of its envelope. */
export const published = async (scene: Scene, out: string, replace = false): Promise<string> => {
  const row = await flipside('publish', out, '--to', scene.served, ...(replace ? ['--replace'] : []));
  return String(row['envelope']);
};

/** Starts the server anew; on the same port when there was one. */
export const serverRestart = async (scene: Scene, rate: number): Promise<void> => {
  const port = scene.server === undefined ? '0' : new URL(scene.server.url).port;
  await scene.server?.kill();
  scene.server = await serverStart(scene.served, rate, port);
};

export const urlOf = (scene: Scene, path: string): string => new URL(path, scene.server!.url).href;

/** Pulls the plug and starts the board again, as far as an image that is not on trial. */
export const powerCycle = async (scene: Scene): Promise<Standing> => {
  await scene.board.kill();
  scene.board = boardStart(scene.setupFile);
  return scene.board.order({ do: 'live' });
};

export const dumpOf = (scene: Scene): Dump => dumpRead(scene.product.board, scene.directory);

export const showFlash = async (
  scene: Scene,
  tell: Telling,
  more: Partial<Knowledge> = {},
): Promise<void> => {
  const { slot, release, product } = scene;
  tell.show(await picture(dumpOf(scene), { running: slot, runningImage: product.images[release]!, ...more }));
};

export const operationsSince = (now: Operations, before?: Operations): Operations => ({
  slotErases: now.slotErases - (before?.slotErases ?? 0),
  slotPrograms: now.slotPrograms - (before?.slotPrograms ?? 0),
  journalErases: now.journalErases - (before?.journalErases ?? 0),
  journalPrograms: now.journalPrograms - (before?.journalPrograms ?? 0),
});

export const erasesOf = (counts: Operations): number => counts.slotErases + counts.journalErases;
export const programsOf = (counts: Operations): number => counts.slotPrograms + counts.journalPrograms;

/** Adds to the figures of the first update. */
/** Ends the scene's processes. */
export const sceneClose = async (scene: Scene): Promise<void> => {
  await scene.server?.kill();
  await scene.board.kill();
};

export const count = (scene: Scene, name: string, value: number): void => {
  scene.figures[name] = (scene.figures[name] ?? 0) + value;
};

export const countOperations = (scene: Scene, counts: Operations): void => {
  count(scene, 'erases in slots', counts.slotErases);
  count(scene, 'programs in slots', counts.slotPrograms);
  count(scene, 'erases in journal', counts.journalErases);
  count(scene, 'programs in journal', counts.journalPrograms);
};

export const nameIn = (table: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(table).find((name) => table[name] === value) ?? String(value);

/** One line a boot. */
export const showBoots = (tell: Telling, { boots }: Standing): void => {
  for (const boot of boots) {
    const trial = boot.trial ? `on trial, attempt ${boot.attempt}` : 'confirmed';
    const end = boot.ended === 'running' ? 'it runs' : `ends with ${boot.ended}`;
    tell.show(
      `boot ${boot.number} after ${nameIn(Reset, boot.cause)}: slot ${'AB'[boot.slot]}, sequence ${boot.sequence}, ${trial}; ${end}`,
    );
    for (const line of boot.log) tell.show(`   says: ${line}`);
  }
};
