import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Err } from '../../agent/index.ts';
import { listen } from './_server.ts';
import { release, SampleBoard } from './_sample.ts';

(BigInt as unknown as { fromArrayBuffer(bytes: ArrayBuffer): bigint }).fromArrayBuffer = (bytes) =>
  BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

const HEALTHY = "device.agent.check('lamp is lit', device.Check.Required, 5, () => 1);";
const image = (version: number, body: string): Uint8Array =>
  new TextEncoder().encode(`device.log('lamp, version ${version}'); ${body}`);

/** A board with version 1, and a server that offers `next` as sequence 2. */
const board = async (t: ExecutionContext, next: Uint8Array): Promise<SampleBoard> => {
  const { envelope, payload } = release(next, 2);
  const port = await listen(t, (request, response, from, to) => {
    const bytes = request.url === '/envelope' ? envelope : payload!;
    const last = Math.min(to, bytes.length - 1);
    const range = `bytes ${from}-${last}/${bytes.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': last - from + 1 });
    response.end(bytes.subarray(from, last + 1));
  });
  return new SampleBoard(port, image(1, HEALTHY));
};

const said = ({ lines }: SampleBoard): string[] => lines.map((line) => line.trim());

test('an update is received, tried and confirmed', async (t) => {
  const sample = await board(t, image(2, HEALTHY));
  await sample.until('update -76');
  t.deepEqual(said(sample), [
    'boot 0: slot 0, sequence 1',
    'lamp, version 1',
    'runs sequence 1, confirmed; last event 1, code -120',
    'update 0',
    'activate 0',
    'boot 0: slot 1, sequence 2, attempt 1',
    'lamp, version 2',
    'runs sequence 2, confirmed; last event 3, code 0',
    'update -76',
  ]);
});

/** Image, and what the report says: event 4, Reverted, and why. */
const SICK: readonly (readonly [string, string, string])[] = [
  ['fails its check', "device.agent.check('lamp is lit', device.Check.Required, 5, () => -1);", '-112'],
  ['never passes its check', "device.agent.check('lamp is lit', device.Check.Required, 3, () => 0);", '-112'],
  ['throws at its start', "throw new Error('broken');", '-114'],
  ['is no program', '\u0000', '-114'],
];

for (const [what, body, code] of SICK)
  test(`an image that ${what} goes away, and is not taken again`, async (t) => {
    const sample = await board(t, image(2, body));
    await sample.until('update -73');
    // A slow machine comes to ask for updates before the revert is settled.
    const lines = said(sample).filter((line) => line !== `update ${Err.BadState}`);
    t.is(lines.at(-2), `runs sequence 1, confirmed; last event 4, code ${code}`);
  });
