/** The life of one product: from the factory over an update that is cut twice to one that rolls back by itself. */
import { join } from 'node:path';
import { Err, Event, Ok, Phase } from 'flipside/agent';
import { BOARDS } from 'flipside/hal/node';
import { explain } from 'flipside/publisher';
import { blocksRight } from './flash-view.ts';
import { flipside } from './processes.ts';
import type { Row } from './processes.ts';
import type { Standing } from './protocol.ts';
import {
  count,
  countOperations,
  dumpOf,
  erasesOf,
  imageFile,
  nameIn,
  operationsSince,
  packed,
  powerCycle,
  programsOf,
  published,
  serverRestart,
  showBoots,
  showFlash,
  urlOf,
  Vendor,
} from './scene.ts';
import type { Scene } from './scene.ts';
import type { Telling } from './teller.ts';
import { showProgress, transferStart } from './transfer.ts';
import type { Transfer } from './transfer.ts';

/** Seconds that the whole payload would take at the server's rate. */
const TransferSeconds = 2;
/** Parts of the blocks to be fetched after which the server, and then the board, is killed. */
const ServerDies = 0.25;
const BoardDies = 0.5;

const unitOf = (scene: Scene): number => Object.values(BOARDS[scene.product.board].devices)[0]!.unit;

export const factory = (scene: Scene): Promise<void> =>
  scene.world.teller.step('pack release 1, provision slot A, first boot', async (tell) => {
    const { product, board, folder } = scene;
    // The flash is there once the board answers.
    await board.order({ do: 'look' });
    tell.fact('board', BOARDS[product.board].description);
    tell.fact('release 1', product.versions[0]);
    const { out } = await packed(scene, 0, { sequence: 1 });
    const file = join(folder, 'slot-a.bin');
    const slotSize = dumpOf(scene).slots[0].length;
    const sizes = ['--slot-size', String(slotSize), '--unit', String(unitOf(scene))];
    const envelope = join(out, 'update.suit');
    await flipside('provision', imageFile(scene, 0), '--envelope', envelope, ...sizes, '--out', file);
    await board.order({ do: 'provision', file });
    const standing = await board.order({ do: 'live' });
    showBoots(tell, standing);
    tell.expect('runs sequence', standing.sequence, 1);
    tell.must(standing.running === 0 && !standing.trial, 'slot A runs as confirmed');
    await showFlash(scene, tell);
  });

export interface Offered {
  readonly url: string;
  readonly row: Row;
  readonly rate: number;
  /** Blocks of the new image that the running one has at the same place. */
  readonly shared: number;
}

export const publish = async (scene: Scene): Promise<Offered> => {
  let offered: Offered | undefined;
  await scene.world.teller.step('pack release 2, publish it, serve it', async (tell) => {
    const { product } = scene;
    const { out, row } = await packed(scene, 1, { sequence: 2 });
    const device = ['--anchor', scene.world.anchor, '--vendor', Vendor, '--class', product.model];
    const slotSize = String(dumpOf(scene).slots[1].length);
    const place = ['--accepted', '1', '--slot-size', slotSize, '--unit', String(unitOf(scene))];
    await flipside('verify', join(out, 'update.suit'), ...device, ...place);
    const path = await published(scene, out);
    const blocks = Number(row['blocks']);
    const shared = blocksRight(product.images[0], product.images[1]).length;
    const rate = Math.ceil((Number(row['frames']) * (1 - shared / blocks)) / TransferSeconds);
    await serverRestart(scene, rate);
    tell.fact('release 2', product.versions[1]);
    tell.fact('flipside verify', 'such a board would take it');
    tell.fact('image bytes', Number(row['image']));
    tell.fact('payload bytes', Number(row['index']) + Number(row['frames']));
    tell.fact('envelope bytes', Number(row['envelope']));
    tell.fact('index bytes', Number(row['index']));
    tell.fact('blocks', blocks);
    tell.fact('shared with release 1', shared);
    tell.show(
      shared === 0
        ? 'The two images share no block: every block must come over the air.'
        : `${shared} blocks stand in the running slot already: they will be copied from there.`,
    );
    tell.fact('server, bytes per second', rate);
    offered = { url: urlOf(scene, path), row, rate, shared };
    for (const name of ['image', 'envelope', 'index', 'frames'])
      count(scene, `${name}, bytes`, Number(row[name]));
    const overhead = (100 * (Number(row['envelope']) + Number(row['index']))) / Number(row['image']);
    count(scene, 'envelope and index, %', Number(overhead.toFixed(2)));
    count(scene, 'blocks', blocks);
    count(scene, 'blocks shared with release 1', shared);
  });
  return offered!;
};

export const serverKilled = async (scene: Scene, offered: Offered): Promise<Transfer> => {
  let transfer: Transfer | undefined;
  await scene.world.teller.step(
    'the board downloads; the server is killed, and started again',
    async (tell) => {
      const toFetch = Number(offered.row['blocks']) - offered.shared;
      const started = await transferStart(scene, offered.url);
      transfer = started;
      await started.reach(({ fetched }) => fetched >= toFetch * ServerDies);
      await scene.server!.kill();
      tell.fact('server killed at byte', started.last.position);
      await showFlash(scene, tell, { target: scene.product.images[1], before: started.before });
      const stopped = started.last;
      tell.must(stopped.fetched < toFetch, 'the transfer is not over');
      // Slower, so that the board too is caught in mid-transfer on a busy machine.
      await serverRestart(scene, Math.ceil(offered.rate / 2));
      await started.reach(({ bytes }) => bytes > stopped.bytes);
      const { position, fetched } = started.last;
      tell.fact('goes on, by Range, at byte', stopped.position);
      tell.must(position >= stopped.position, 'the session goes on where it stood');
      tell.must(fetched >= stopped.fetched, 'no block is fetched again');
    },
  );
  return transfer!;
};

export const boardKilled = (scene: Scene, offered: Offered, transfer: Transfer): Promise<void> =>
  scene.world.teller.step('the board is killed in mid-receive', async (tell) => {
    const image = scene.product.images[1];
    const toFetch = Number(offered.row['blocks']) - offered.shared;
    await transfer.reach(({ fetched }) => fetched >= toFetch * BoardDies);
    await scene.board.kill();
    await transfer.over;
    const { last } = transfer;
    tell.fact('bytes that came', last.bytes);
    tell.fact('blocks fetched', last.fetched);
    tell.fact('blocks copied', last.copied);
    tell.fact('right in slot B', blocksRight(dumpOf(scene).slots[1], image).length);
    tell.must(last.fetched + last.copied < Number(offered.row['blocks']), 'the transfer was not over');
    await showFlash(scene, tell, { target: image, before: transfer.before });
    count(scene, 'bytes over the air', last.bytes);
    count(scene, 'blocks fetched', last.fetched);
    count(scene, 'blocks copied', last.copied);
    countOperations(scene, operationsSince(last, transfer.base));
  });

/** Since the server was started again, it was asked for parts of the payload only. */
const checkAnswers = (scene: Scene, tell: Telling, { row }: Offered): void => {
  const payload = Number(row['index']) + Number(row['frames']);
  const answers = scene.server!.answers().filter(({ path }) => path.endsWith('.bin'));
  tell.fact('payload requests since then', answers.length);
  tell.must(answers.length > 0, 'the server was asked');
  tell.must(
    answers.every(({ status, bytes }) => status === 206 && bytes < payload),
    'each by Range, none for the whole payload',
  );
};

export const resumed = (scene: Scene, offered: Offered): Promise<void> =>
  scene.world.teller.step('power is back; the download goes on with what is missing', async (tell) => {
    const image = scene.product.images[1];
    const blocks = Number(offered.row['blocks']);
    const right = blocksRight(dumpOf(scene).slots[1], image).length;
    const up = await powerCycle(scene);
    tell.expect('boots sequence', up.sequence, 1);
    const before = dumpOf(scene);
    const standing = await scene.board.order({ do: 'offer', url: offered.url }, (progress) =>
      showProgress(scene, progress),
    );
    tell.must(standing.code === Ok, 'the agent takes it');
    tell.fact('kept', standing.kept);
    tell.fact('copied from slot A', standing.copied);
    tell.fact('fetched', standing.fetched);
    tell.fact('bytes that came', standing.received);
    tell.expect('kept + copied + fetched', standing.kept + standing.copied + standing.fetched, blocks);
    tell.must(standing.kept > 0 && standing.kept >= right - 1, 'at most one erase sector is lost by the cut');
    tell.must(standing.fetched < blocks - offered.shared, 'only what is missing is fetched');
    tell.expect('phase', nameIn(Phase, standing.phase), 'Staged');
    checkAnswers(scene, tell, offered);
    tell.expect('image bytes proven from flash', standing.verified, image.length);
    await showFlash(scene, tell, { target: image, before });
    count(scene, 'bytes over the air', standing.received);
    count(scene, 'blocks fetched', standing.fetched);
    count(scene, 'blocks copied', standing.copied);
    count(scene, 'blocks kept after the cut', standing.kept);
    countOperations(scene, operationsSince(standing));
  });

export const trial = (scene: Scene): Promise<void> =>
  scene.world.teller.step('activate; boot on trial; the checks pass; confirm', async (tell) => {
    const before = await scene.board.order({ do: 'live' });
    const activated = await scene.board.order({ do: 'activate' });
    tell.must(activated.code === Ok, 'activate is taken');
    const standing = await scene.board.order({ do: 'live' });
    showBoots(tell, standing);
    tell.expect('report: event', nameIn(Event, standing.report.event), 'Confirmed');
    tell.expect('runs sequence', standing.sequence, 2);
    tell.expect('attempts', standing.boots.length, 1);
    tell.must(standing.running === 1 && !standing.trial, 'slot B runs as confirmed');
    scene.slot = 1;
    scene.release = 1;
    await showFlash(scene, tell);
    count(scene, 'attempts', standing.boots.length);
    countOperations(scene, operationsSince(standing, before));
  });

export const settled = (scene: Scene): Promise<void> =>
  scene.world.teller.step('the plug is pulled twice more: a settled boot writes nothing', async (tell) => {
    await powerCycle(scene);
    const standing = await powerCycle(scene);
    showBoots(tell, standing);
    tell.expect('runs sequence', standing.sequence, 2);
    tell.expect('erases', erasesOf(standing), 0);
    tell.expect('programs', programsOf(standing), 0);
  });

export const showReport = (tell: Telling, { report }: Standing): void => {
  const said = explain(report.code);
  tell.fact('report: event', nameIn(Event, report.event));
  tell.fact('report: code', said === undefined ? report.code : `${said.code} ${said.name}`);
  if (report.check !== '') tell.fact('report: check', report.check);
  tell.fact('report: sequence', `${report.from} -> ${report.to}`);
  if (said !== undefined) tell.show(`${said.sentence} ${said.advice}`);
};

/** Offers the third release, lets it fail, and returns the URL of its envelope. */
export const unhealthy = async (scene: Scene): Promise<string> => {
  let url = '';
  await scene.world.teller.step(
    'release 3 is signed, arrives, and is not healthy: the board goes back',
    async (tell) => {
      const { product } = scene;
      const { out } = await packed(scene, 2, { sequence: 3 });
      const path = await published(scene, out);
      await serverRestart(scene, 1 << 24);
      url = urlOf(scene, path);
      tell.fact('release 3', product.versions[2]);
      const standing = await scene.board.order({ do: 'offer', url });
      tell.must(standing.code === Ok, 'the agent takes it');
      tell.fact('copied from slot B', standing.copied);
      tell.fact('fetched', standing.fetched);
      const { code } = await scene.board.order({ do: 'activate' });
      tell.must(code === Ok, 'activate is taken');
      const after = await scene.board.order({ do: 'live' });
      showBoots(tell, after);
      showReport(tell, after);
      tell.must(after.boots.length === 2 && after.boots[0]!.trial, 'one boot on trial, one back');
      tell.must(
        after.report.event === Event.Reverted && after.report.code === Err.CheckFailed,
        'it is reverted',
      );
      tell.expect('failed check', after.report.check, product.failing);
      tell.expect('runs sequence', after.sequence, 2);
      await showFlash(scene, tell, { target: product.images[2] });
    },
  );
  return url;
};

export const again = (scene: Scene, url: string): Promise<void> =>
  scene.world.teller.step('the same release is offered again', async (tell) => {
    const before = await powerCycle(scene);
    const standing = await scene.board.order({ do: 'offer', url });
    const counts = operationsSince(standing, before);
    const said = explain(standing.code);
    tell.expect('refused', said?.name ?? String(standing.code), 'Reverted');
    tell.show(said?.sentence ?? '');
    tell.expect('erases', erasesOf(counts), 0);
    tell.expect('programs', programsOf(counts), 0);
  });

export const tellStory = async (scene: Scene): Promise<void> => {
  await factory(scene);
  const offered = await publish(scene);
  const transfer = await serverKilled(scene, offered);
  await boardKilled(scene, offered, transfer);
  await resumed(scene, offered);
  await trial(scene);
  await settled(scene);
  const url = await unhealthy(scene);
  await again(scene, url);
};
