/** Offers that must be refused, each by its code; and after all of them a good one that is taken. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Event, Ok } from 'flipside/agent';
import { flipside } from './processes.ts';
import {
  erasesOf,
  nameIn,
  operationsSince,
  packed,
  powerCycle,
  programsOf,
  published,
  showBoots,
  showFlash,
  urlOf,
} from './scene.ts';
import type { PackChoice, Scene } from './scene.ts';
import type { Telling } from './teller.ts';

/** Puts an envelope beside the published ones; its URL. */
const placed = (scene: Scene, envelope: Uint8Array, name: string): string => {
  writeFileSync(join(scene.served, name), envelope);
  return urlOf(scene, name);
};

const envelopeOf = async (scene: Scene, choice: PackChoice): Promise<Uint8Array> =>
  readFileSync(join((await packed(scene, 0, choice)).out, 'update.suit'));

const explained = async (tell: Telling, code: number, name: string): Promise<void> => {
  const said = await flipside('explain', String(Math.abs(code)));
  tell.expect('refused', String(said['name']), name);
  tell.fact('code', code);
  tell.show(`${said['sentence']} ${said['advice']}`);
};

interface Hostile {
  readonly title: string;
  readonly name: string;
  readonly make: (scene: Scene) => Promise<string>;
}

const flipped = async (scene: Scene): Promise<string> => {
  const envelope = await envelopeOf(scene, { sequence: 4 });
  // The envelope begins: tag and map head, then the authentication block; this is in the middle of the signature.
  const at = signatureAt(envelope);
  envelope[at] = envelope[at]! ^ 1;
  return placed(scene, envelope, 'flipped.suit');
};

/** A signature of 64 bytes is the CBOR byte string 0x58 0x40. */
const signatureAt = (envelope: Uint8Array): number => {
  const at = Buffer.from(envelope).indexOf(Buffer.from([0x58, 0x40]));
  if (at < 0) throw new Error('no signature found to damage');
  return at + 32;
};

const hostiles: readonly Hostile[] = [
  { title: 'one bit of the signature is flipped', name: 'SignatureWrong', make: flipped },
  {
    title: 'an update for the product of another vendor',
    name: 'WrongVendor',
    make: async (scene) =>
      placed(scene, await envelopeOf(scene, { sequence: 4, vendor: 'example.org' }), 'vendor.suit'),
  },
  {
    title: 'an older release, truly signed',
    name: 'SequenceOld',
    make: async (scene) => placed(scene, await envelopeOf(scene, { sequence: 1 }), 'old.suit'),
  },
  {
    title: 'signed with a key that the board does not know',
    name: 'SignatureWrong',
    make: async (scene) => {
      const out = join(scene.folder, 'stranger');
      await flipside('keygen', '--out', out);
      return placed(scene, await envelopeOf(scene, { sequence: 4, key: `${out}.pem` }), 'stranger.suit');
    },
  },
];

const refuse = (scene: Scene, { title, name, make }: Hostile): Promise<void> =>
  scene.world.teller.step(title, async (tell) => {
    const before = await scene.board.order({ do: 'live' });
    const standing = await scene.board.order({ do: 'offer', url: await make(scene) });
    await explained(tell, standing.code, name);
    const counts = operationsSince(standing, before);
    tell.expect('erases', erasesOf(counts), 0);
    tell.expect('programs', programsOf(counts), 0);
  });

/** A true envelope, and a server that changes the payload on its way. */
const altered = async (scene: Scene): Promise<void> => {
  const { teller } = scene.world;
  let url = '';
  let file = '';
  await teller.step('one byte of the payload is altered at the server', async (tell) => {
    const { out } = await packed(scene, 0, { sequence: 4 });
    url = urlOf(scene, await published(scene, out));
    const { payload } = JSON.parse(readFileSync(join(scene.served, 'latest.json'), 'utf8')) as {
      payload: string;
    };
    file = join(scene.served, payload);
    copyFileSync(file, `${file}.true`);
    const bytes = readFileSync(file);
    const at = bytes.length - 100;
    bytes[at] = bytes[at]! ^ 0x10;
    writeFileSync(file, bytes);
    const standing = await scene.board.order({ do: 'offer', url });
    const said = await flipside('explain', String(Math.abs(standing.code)));
    tell.fact('refused', String(said['name']));
    tell.show(`${said['sentence']} ${said['advice']}`);
    tell.must(
      ['FrameMalformed', 'FrameLength', 'BlockDigest'].includes(String(said['name'])),
      'the block is refused',
    );
    const up = await powerCycle(scene);
    tell.expect('runs sequence', up.sequence, 2);
    await showFlash(scene, tell, { target: scene.product.images[0] });
  });
  await teller.step('the server is honest again: the same release is taken, and confirmed', async (tell) => {
    copyFileSync(`${file}.true`, file);
    const standing = await scene.board.order({ do: 'offer', url });
    tell.must(standing.code === Ok, 'the agent takes it');
    tell.fact('kept', standing.kept);
    tell.fact('copied from slot B', standing.copied);
    tell.fact('fetched', standing.fetched);
    await scene.board.order({ do: 'activate' });
    const after = await scene.board.order({ do: 'live' });
    showBoots(tell, after);
    tell.expect('report: event', nameIn(Event, after.report.event), 'Confirmed');
    tell.expect('runs sequence', after.sequence, 4);
    scene.slot = after.running;
    scene.release = 0;
    await showFlash(scene, tell);
  });
};

export const tellHostile = async (scene: Scene): Promise<void> => {
  for (const hostile of hostiles) await refuse(scene, hostile);
  await altered(scene);
};
