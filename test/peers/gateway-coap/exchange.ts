/** One scenario of other clients at the gateway's CoAP side, in a process of its own: `exchange.js NAME FOLDER`. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NUMBERS_EACH, oscoreKeyOf, oscoreSecretNew } from '../../../gateway/config/oscore.ts';
import type { OscoreSecret } from '../../../gateway/config/secrets.ts';
import type { Claims, Desk, Orders } from '../../../gateway/contract.ts';
import { openCoapDown } from '../../../gateway/downstream/coap.ts';
import { DeviceContexts } from '../../../gateway/downstream/oscore.ts';
import { clientGet, clientRun } from '../../../bench/net/libcoap.ts';
import type { Got } from '../../../bench/net/libcoap.ts';
import { checkInWrite, ordersNew, ordersRead } from '../../../hal/check-in/index.ts';
import { CHECK_IN_MAX } from '../../../hal/check-in/numbers.ts';
import type { CoapServer } from '../../../hal/node/coap-server.ts';
import { openLedgerFile } from '../../../hal/node/identity/index.ts';
import { check, same } from '../_peer.ts';
import { noise } from '../_coap-server.ts';
import { startTheirs } from '../aiocoap/theirs.ts';

const DEVICE = 'lamp-1';
const OTHER = 'lamp-2';
const PATH = `r/${'a'.repeat(64)}/app.swu`;
const FILE = noise(100 * 1024, 3);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const WAKE = 600;
const ORDERS: Orders = {
  time: 1_800_000_000,
  wake: WAKE,
  path: PATH,
  download: 'forced',
  update: 'attempt',
  cancel: false,
  statement: undefined,
};

const [name, folder] = process.argv.slice(2) as [string, string];
const seen: (Claims & { readonly id: string })[] = [];
const desk: Desk = {
  checkIn: (id, _report, claims) => {
    if (id !== DEVICE && id !== OTHER) return undefined;
    seen.push({ id, ...claims });
    return ORDERS;
  },
  orders: () => ORDERS,
  file: (path) => (path === PATH ? { digest: sha256(FILE), size: FILE.length } : undefined),
  read: (_, offset, into) => {
    into.set(FILE.subarray(offset, offset + into.length));
    return into.length;
  },
  device: () => undefined,
  release: () => undefined,
  feedback: () => false,
  ended: () => undefined,
};

/** What ends with the scenario. */
const ending: (() => Promise<void>)[] = [];

/** `secret`: of the one device with a security context; without it all is in the open. */
const gateway = async (secret?: OscoreSecret, port = 0): Promise<CoapServer> => {
  const contexts =
    secret &&
    new DeviceContexts({
      contexts: [{ device: DEVICE, key: oscoreKeyOf(secret, DEVICE, 'secrets') }],
      numbers: openLedgerFile(join(folder, 'numbers')),
      each: NUMBERS_EACH,
      open: false,
    });
  const server = await openCoapDown({
    desk,
    contexts,
    saved: () => new Promise((done) => setTimeout(done, 5)),
    port,
    insecureCoap: secret === undefined,
    warn: () => undefined,
  });
  ending.push(() => server.close());
  return server;
};

const checkInFile = (): string => {
  const room = new Uint8Array(CHECK_IN_MAX);
  const anchors = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)];
  const length = checkInWrite(room, { battery: 77, profile: 'nb-iot', anchors });
  const file = join(folder, 'check-in');
  writeFileSync(file, room.subarray(0, length));
  return file;
};

const ordersOf = (bytes: Uint8Array): void => {
  const orders = ordersNew();
  same(ordersRead(orders, bytes, 0, bytes.length), 0, 'the orders');
  same([orders.wake, orders.path], [WAKE, PATH], 'what they say');
};

const posted = ({ port }: CoapServer, id: string, block: number): Promise<Got> => {
  const args = ['-m', 'post', '-t', '60', '-b', String(block), '-f', checkInFile(), '-o', '-'];
  return clientRun(...args, `coap://127.0.0.1:${port}/c/${id}`);
};

/** A block of 64 is no more than three times its request, whose path is long. */
const read = async (block: number, challenges: number): Promise<string> => {
  const server = await gateway();
  const got = await clientGet(server.port, PATH, block);
  same(sha256(got.bytes), sha256(FILE), `what came (${got.errors})`);
  const blocks = FILE.length / block;
  const { transmitted } = server.endpoint.counts;
  same(transmitted, blocks + challenges, 'answers');
  return `${blocks} blocks of ${block}, challenges: ${challenges}`;
};

/** As aiocoap keeps it: the device's side. */
const theirContext = ({ masterSecret, masterSalt, senderId, recipientId }: OscoreSecret): string => {
  const context = join(folder, 'context');
  mkdirSync(context);
  const settings = {
    'sender-id_hex': recipientId,
    'recipient-id_hex': senderId,
    secret_hex: masterSecret,
    salt_hex: masterSalt,
  };
  writeFileSync(join(context, 'settings.json'), JSON.stringify(settings));
  return context;
};

interface Told {
  readonly code: string;
  readonly payload: Uint8Array;
}

const asked = async (context: string, { port }: CoapServer, ...words: string[]): Promise<Told> => {
  const theirs = startTheirs('ask', context, port, words);
  try {
    const { code, payload } = await theirs.next();
    return { code: String(code), payload: Buffer.from(String(payload), 'hex') };
  } finally {
    await theirs.kill();
  }
};

const secured = async (): Promise<{ secret: OscoreSecret; context: string; server: CoapServer }> => {
  const secret = oscoreSecretNew({ version: 1, devices: {} });
  return { secret, context: theirContext(secret), server: await gateway(secret) };
};

const AUTHENTICATED = [DEVICE, 77, 'coap+oscore', true];
const seenLast = (): unknown[] => {
  const { id, battery, link, authenticated } = seen.at(-1)!;
  return [id, battery, link, authenticated];
};

const SCENARIOS: Readonly<Record<string, () => Promise<string>>> = {
  async 'libcoap-core'() {
    const { bytes, errors } = await clientGet((await gateway()).port, '.well-known/core', 1024);
    const text = Buffer.from(bytes).toString();
    check(text.includes('</c>;rt="flipside.check-in";ct=60'), `${text}${errors}`);
    return text;
  },
  async 'libcoap-check-in'() {
    const server = await gateway();
    for (const block of [1024, 16]) ordersOf((await posted(server, DEVICE, block)).bytes);
    same(
      seen.map(({ id, battery, link, authenticated }) => [id, battery, link, authenticated]),
      Array<unknown>(2).fill([DEVICE, 77, 'coap', false]),
      'what came',
    );
    return 'whole, and in blocks of 16';
  },
  async 'libcoap-unknown'() {
    const got = await posted(await gateway(), 'nobody', 1024);
    check(got.errors.includes('4.03'), `it says: ${got.errors}`);
    return got.errors.trim();
  },
  'libcoap-file-1024': () => read(1024, 1),
  'libcoap-file-64': () => read(64, 0),
  async 'libcoap-secured'() {
    const { server } = await secured();
    const got = await posted(server, DEVICE, 1024);
    check(got.errors.includes('4.01'), `it says: ${got.errors}`);
    const file = await clientGet(server.port, PATH, 1024);
    check(file.errors.includes('4.01') && file.bytes.length === 0, `it says: ${file.errors}`);
    same(seen, [], 'check-ins');
    return 'refused in the open';
  },
  async 'aiocoap-check-in'() {
    const { context, server } = await secured();
    const told = await asked(context, server, 'post', `c/${DEVICE}`, checkInFile());
    same(told.code, '2.04 Changed', 'code');
    ordersOf(told.payload);
    same(seenLast(), AUTHENTICATED, 'what came');
    const other = await asked(context, server, 'post', `c/${OTHER}`, checkInFile());
    same(other.code, '4.03 Forbidden', 'as another device');
    same(seen.length, 1, 'check-ins');
    return 'orders; as another device 4.03';
  },
  async 'aiocoap-file'() {
    const { context, server } = await secured();
    const told = await asked(context, server, 'get', PATH);
    same([told.code, sha256(told.payload)], ['2.05 Content', sha256(FILE)], 'what came');
    return `${told.payload.length} bytes, ${server.endpoint.counts.transmitted} answers`;
  },
  async 'aiocoap-restart'() {
    const { secret, context, server } = await secured();
    same((await asked(context, server, 'post', `c/${DEVICE}`, checkInFile())).code, '2.04 Changed', 'before');
    await server.close();
    const again = await gateway(secret, server.port);
    const told = await asked(context, again, 'post', `c/${DEVICE}`, checkInFile());
    same(told.code, '2.04 Changed', 'after');
    same(seenLast(), AUTHENTICATED, 'what came');
    same([seen.length, again.endpoint.counts.transmitted], [2, 2], 'check-ins; a challenge, and the orders');
    return 'challenged once by each of the two';
  },
};

try {
  console.log(await SCENARIOS[name]!());
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  for (const end of ending.reverse()) await end().catch(() => undefined);
}
