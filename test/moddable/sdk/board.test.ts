import { randomBytes, randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { FLASH_SIZE } from '../../../examples/moddable/linux/places.ts';
import { serve } from '../../../publisher/index.ts';
import type { SigningKey } from '../../../publisher/index.ts';
import { Board, keyHss, keyP256, provision, release, settingsOf } from './_board.ts';
import { build, image, place } from './_build.ts';

const HEALTHY = "device.agent.check('lamp is lit', device.Check.Required, 3, () => 1);";
const script = (version: number, body: string): string =>
  `export default function (device) { device.log('lamp, version ${version}'); ${body} }`;

/** Random, so that nothing of it is in the slot already: some 60 KB, in strings of what an archive takes. */
const bulk = (): string =>
  Array.from({ length: 4 }, (_, i) => `export const part${i} = '${randomBytes(8000).toString('hex')}';`).join(
    '\n',
  );

let count = 0;
let first: Uint8Array | undefined;

interface Scene {
  readonly settings: Record<string, string>;
  readonly close: () => Promise<void>;
}

/** A board with version 1, and a server that offers `next` as sequence 2. */
const scene = async (key: SigningKey, next: Uint8Array, rate?: number): Promise<Scene> => {
  const folder = place(`served-${++count}`);
  mkdirSync(folder);
  const { envelope, payload } = release(key, next, 2);
  writeFileSync(join(folder, 'envelope.suit'), envelope);
  writeFileSync(join(folder, 'payload.bin'), payload!);
  const flash = place(`board-${count}.flash`);
  first ??= image('first', script(1, HEALTHY));
  provision(flash, key, first);
  const serving = await serve({ folder, port: 0, host: '127.0.0.1', rate });
  return { settings: settingsOf(flash, key, serving.url), close: () => serving.close() };
};

test.before(() => build());

test('on the engine: the adapters keep the contracts; without the adapter, flash does not', async (t) => {
  const flash = place('suites.flash');
  writeFileSync(flash, Buffer.alloc(FLASH_SIZE, 0xff));
  const board = new Board('suites.so', { flash }, 1);
  await board.until('end');
  t.deepEqual(board.lines.slice(1), [
    'flash, slot_a: 0 faults',
    'flash, journal: 0 faults',
    'flash, bare: 2 faults',
    '  align',
    '  refused-harmless',
    'crypto: 0 faults',
    'inflate: 0 faults',
    'end',
  ]);
});

for (const [name, key] of [
  ['P-256', keyP256],
  ['HSS/LMS', keyHss],
] as const)
  test(`${name}: an update is received, tried and confirmed`, async (t) => {
    const next = image(`next-${count}`, script(2, HEALTHY) + bulk());
    const { settings, close } = await scene(key(), next);
    const board = new Board('application.so', settings);
    let at = await board.until('runs sequence 1, confirmed');
    at = await board.until('update 0', at);
    at = await board.until('reset, cause 4', at);
    at = await board.until('boot 0: slot 1, sequence 2, attempt 1', at);
    at = await board.until('lamp, version 2', at);
    at = await board.until('runs sequence 2, confirmed', at);
    at = await board.until('update -76', at);
    await board.kill();
    await close();
    t.pass();
  });

/** Image, what it does, what the report says: event 4 Reverted, and the code. */
const SICK: readonly (readonly [string, string, string])[] = [
  ['fails its check', "device.agent.check('lamp is lit', device.Check.Required, 3, () => -1);", '-112'],
  ['never passes its check', "device.agent.check('lamp is lit', device.Check.Required, 3, () => 0);", '-112'],
  ['throws at its start', "throw new Error('broken');", '-114'],
  ['hangs', 'for (;;);', '-114'],
];

const goesBack = async (t: ExecutionContext, next: Uint8Array, code: string): Promise<void> => {
  const { settings, close } = await scene(keyP256(), next);
  const board = new Board('application.so', settings);
  let at = await board.until('slot 1, sequence 2, attempt 1');
  at = await board.until('runs sequence 1, confirmed', at);
  t.true(board.lines[at - 1]!.includes(`last event 4, code ${code}`), board.lines.join('\n'));
  // Not taken again: Reverted.
  await board.until('update -73', at);
  await board.kill();
  await close();
};

for (const [what, body, code] of SICK)
  test(`an image that ${what} goes away`, (t) => goesBack(t, image(`sick-${count}`, script(2, body)), code));

test('an image that is no archive goes away', (t) => goesBack(t, randomBytes(5000), '-114'));

/** Answers that make the SDK's client throw, or grow. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['is no HTTP', 'hello\r\n\r\n'],
  ['has no status', 'HTTP/1.1\r\n\r\n'],
  ['has trailers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: y\r\n\r\n'],
  ['has headers without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1_000_000)}`],
];

for (const [what, answer] of HOSTILE)
  test(`an answer that ${what} does not end the machine`, async (t) => {
    const key = keyP256();
    const { settings, close } = await scene(key, randomBytes(100));
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.write(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const port = String((server.address() as AddressInfo).port);
    const board = new Board('application.so', { ...settings, port });
    await board.until('update -116');
    t.is(board.lines.filter((line) => line.startsWith('reset')).length, 1, board.lines.join('\n'));
    await board.kill();
    await close();
  });

test('power is lost at drawn moments: the update still comes in, and nothing else runs', async (t) => {
  const next = image(`killed-${count}`, script(2, HEALTHY) + bulk());
  const { settings, close } = await scene(keyP256(), next, 60_000);
  const waits: number[] = [];
  for (let round = 0; round < 12; round++) {
    const board = new Board('application.so', settings);
    waits.push(randomInt(50, 1500));
    await new Promise((resolve) => setTimeout(resolve, waits.at(-1)));
    await board.kill();
    const booted = board.lines.filter((line) => line.startsWith('boot'));
    for (const line of booted) t.regex(line, /^boot 0: slot (0, sequence 1|1, sequence 2)/, waits.join(' '));
  }
  const board = new Board('application.so', settings);
  await board.until('runs sequence 2, confirmed');
  await board.kill();
  await close();
});
