/** One scenario of aiocoap.ts, in a process of its own: `exchange.js NAME FOLDER`. Prints a remark, or why it failed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Phase } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { statusNew } from '../../../agent/index.ts';
import { freePort } from '../../../bench/net/ports.ts';
import { liveOf } from '../../../bootloader-sim/index.ts';
import { deviceIdentity } from '../../../hal/identity/device-identity.ts';
import { update } from '../../../hal/node/coap.ts';
import { nodeCrypto } from '../../../hal/node/crypto.ts';
import { fileSequence, fileSequenceCreate, nodeAead } from '../../../hal/node/oscore.ts';
import { deviceAead } from '../../../hal/oscore/aes-ccm.ts';
import { contextNew } from '../../../hal/oscore/context.ts';
import { oscoreProtection } from '../../../hal/oscore/protection.ts';
import type { OscoreProtection } from '../../../hal/oscore/protection.ts';
import { boardOf, imageOf, packOf } from '../../serial/_rig.ts';
import { check, same } from '../_peer.ts';
import { fetchBlocks, FIRMWARE, observeValues, serving, sha256, SIZE } from './ours.ts';
import type { Served } from './ours.ts';
import { openPlace } from './socket.ts';
import type { Place } from './socket.ts';
import { contextFolder, OURS, SALT, SECRET, startTheirs, THEIRS } from './theirs.ts';
import type { Theirs } from './theirs.ts';

const KEY_ID = new Uint8Array([1]);
const BLOCKS = Math.ceil(SIZE / 512);
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** What ends with the scenario. */
const ending: (() => void | Promise<void>)[] = [];
const ends = <T extends { close(): void } | { kill(): Promise<void> }>(one: T): T => {
  ending.push(() => ('kill' in one ? one.kill() : one.close()));
  return one;
};

const protectionOf = (
  folder: string,
  { native = true, idContext }: { native?: boolean; idContext?: string } = {},
): OscoreProtection => {
  const context = contextNew({
    identity: deviceIdentity({
      hash: nodeCrypto().sha256(),
      secrets: [{ keyId: KEY_ID, kind: 'HKDF', secret: bytesOf(SECRET) }],
    }),
    keyId: KEY_ID,
    salt: bytesOf(SALT),
    senderId: bytesOf(OURS),
    recipientId: bytesOf(THEIRS),
    idContext: idContext === undefined ? undefined : bytesOf(idContext),
    store: fileSequence(join(folder, 'sequence')),
  });
  return oscoreProtection({ aead: native ? nodeAead() : deviceAead(), contexts: [context] });
};

const theirServer = async (context: string, port: number, files?: readonly string[]): Promise<Theirs> => {
  const theirs = ends(startTheirs('serve', context, port, files));
  same(await theirs.next(), { ready: port }, 'the server');
  return theirs;
};

const fetched = async (folder: string, options: Parameters<typeof protectionOf>[1]): Promise<string> => {
  const port = await freePort();
  await theirServer(contextFolder(folder, options?.idContext), port);
  const place = ends(await openPlace({ protection: protectionOf(folder, options) }));
  const got = await fetchBlocks(place, port);
  same(sha256(got.bytes), sha256(FIRMWARE), 'what came');
  same([got.blocks, got.challenges], [BLOCKS, 0], 'blocks and challenges');
  return `${got.blocks} blocks`;
};

const ourServer = async (folder: string): Promise<Place & { readonly served: Served }> => {
  const { serve, served, start } = serving();
  const place = ends(await openPlace({ serve, protection: protectionOf(folder) }));
  ending.push(start(place));
  return { ...place, served };
};

const theirClient = async (what: string, context: string, port: number): Promise<Record<string, unknown>> => {
  const theirs = startTheirs(what, context, port);
  try {
    return await theirs.next();
  } finally {
    await theirs.kill();
  }
};

/** Who is slow to take them misses some (RFC 7641 section 1.3), and has none twice. */
const rising = (values: readonly string[]): string => {
  const numbers = values.map(Number);
  check(
    numbers.every((value, index) => index === 0 || value > numbers[index - 1]!),
    `not in order: ${numbers.join(', ')}`,
  );
  return numbers.join(', ');
};

const WHOLE = { code: '2.05 Content', length: SIZE, sha256: sha256(FIRMWARE) };

const SCENARIOS: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  'get-native': (folder) => fetched(folder, {}),
  'get-own': (folder) => fetched(folder, { native: false }),
  'get-id-context': (folder) => fetched(folder, { idContext: '37cbf3210017a2d3' }),
  async 'get-restart'(folder) {
    const port = await freePort();
    const context = contextFolder(folder);
    const first = await theirServer(context, port);
    const place = ends(await openPlace({ protection: protectionOf(folder) }));
    same((await fetchBlocks(place, port)).challenges, 0, 'challenges before');
    await first.kill();
    await theirServer(context, port);
    const got = await fetchBlocks(place, port);
    same(sha256(got.bytes), sha256(FIRMWARE), 'what came');
    same(got.challenges, 1, 'challenges after');
    return `${got.blocks} blocks, and a challenge before the first`;
  },
  async update(folder) {
    const port = await freePort();
    const first = packOf(imageOf(6, 1), 1);
    const second = packOf(imageOf(6, 2, [0, 1, 2, 3, 4, 5]), 2);
    const files = { envelope: join(folder, 'update.suit'), payload: join(folder, 'payload.bin') };
    writeFileSync(files.envelope, second.envelope);
    writeFileSync(files.payload, second.payload);
    await theirServer(contextFolder(folder), port, Object.values(files));
    const board = boardOf(first);
    const { agent } = liveOf(board);
    const at = `coap://127.0.0.1:${port}/`;
    const delivery = await update(agent!, {
      envelopeUrl: `${at}update.suit`,
      payloadUrl: `${at}payload.bin`,
      protection: protectionOf(folder),
    });
    same([delivery.code, delivery.faults], [0, 0], 'the update');
    const status = statusNew();
    agent!.status(status);
    same(status.phase, Phase.Staged, 'the phase');
    same(delivery.bytesSent, second.envelope.length + second.payload.length, 'bytes');
    return `${delivery.bytesSent} bytes in ${delivery.requests} blocks`;
  },
  async observe(folder) {
    const port = await freePort();
    await theirServer(contextFolder(folder), port);
    const place = ends(await openPlace({ protection: protectionOf(folder) }));
    const values = await observeValues(place, port, 4);
    return rising(values);
  },
  async 'wrong-key'(folder) {
    const port = await freePort();
    await theirServer(contextFolder(folder, undefined, 'ff'.repeat(16)), port);
    const protection = protectionOf(folder);
    const place = ends(await openPlace({ protection }));
    const failed = await fetchBlocks(place, port).then(
      () => '',
      (error: Error) => error.message,
    );
    same(failed, `our request failed: ${Err.ProtectionMissing}`, 'the request');
    same(protection.refused, Err.ProtectionMissing, 'why');
    return 'refused in the open, and named';
  },
  async serve(folder) {
    const place = await ourServer(folder);
    const context = contextFolder(folder);
    same(await theirClient('get', context, place.port), WHOLE, 'what it got');
    check(place.served.requests >= BLOCKS, 'not block by block');
    return `requests: ${place.served.requests}`;
  },
  async 'serve-put'(folder) {
    const place = await ourServer(folder);
    const told = await theirClient('put', contextFolder(folder), place.port);
    same(told['code'], '2.04 Changed', 'what it was answered');
    same(sha256(place.served.stored), sha256(FIRMWARE), 'what it sent');
    return `requests: ${place.served.requests}`;
  },
  async 'serve-restart'(folder) {
    const first = await ourServer(folder);
    const context = contextFolder(folder);
    same(await theirClient('get', context, first.port), WHOLE, 'before');
    const protection = protectionOf(folder);
    const { serve } = serving();
    const place = ends(await openPlace({ serve, protection }));
    same(await theirClient('get', context, place.port), WHOLE, 'after');
    same([protection.refused, protection.refusals], [Err.ProtectionReplay, 1], 'the challenge');
    return 'one challenge';
  },
  async 'serve-observe'(folder) {
    const place = await ourServer(folder);
    const { values } = await theirClient('observe', contextFolder(folder), place.port);
    check(Array.isArray(values) && values.length === 4, `values: ${JSON.stringify(values)}`);
    return rising(values as string[]);
  },
};

const [name, folder] = process.argv.slice(2) as [string, string];
fileSequenceCreate(join(folder, 'sequence'));
try {
  console.log(await SCENARIOS[name]!(folder));
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  for (const end of ending.reverse()) await end();
}
