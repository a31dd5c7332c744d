/** Check-ins in blocks: whose they are is told by the address in the open, and by the context under OSCORE. */
import test from 'ava';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { checkInOf, enrolled, HandMade, optionOf, plainOf, readMessage } from './_oscore.ts';
import type { Enrolled } from './_oscore.ts';
import { known, rigOf } from './_oscore-rig.ts';

const payload = checkInOf(50);

/** The blocks of a check-in, of 16 bytes. */
const blocksOf = (bytes: Uint8Array): { readonly block1: number; readonly payload: Uint8Array }[] =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, at) => ({
    block1: (at << 4) | (16 * (at + 1) < bytes.length ? 8 : 0),
    payload: bytes.subarray(16 * at, 16 * at + 16),
  }));

/** Of some blocks: anchors and profile tell one from the other throughout. */
const longCheckIn = (mark: number): Uint8Array => {
  const profile = Buffer.from(String.fromCharCode(mark).repeat(32));
  return Buffer.concat([Buffer.from([0xa3, 0, 1, 2, 0x18, mark, 3, 0x78, 32]), profile]);
};

test('blocks of two devices in the open, interleaved, with one token and the same message ids, are kept apart', async (t) => {
  const { seen, wire } = await rigOf(t, [], { open: true });
  const links = [wire(), wire()];
  const ask = async (at: number, plain: Parameters<typeof plainOf>[0]) =>
    readMessage(await links[at]!.ask(plainOf(plain)));
  const echoes = await Promise.all(
    links.map(async (_, at) => optionOf(await ask(at, { path: 'c/x', payload }), Option.Echo)),
  );
  const bodies = [longCheckIn(66), longCheckIn(67)].map(blocksOf);
  const codes: number[] = [];
  for (const [number] of bodies[0]!.entries())
    for (const at of [0, 1]) {
      const answer = await ask(at, {
        path: 'c/x',
        echo: echoes[at],
        id: 9 + number,
        ...bodies[at]![number]!,
      });
      codes.push(answer.code);
    }
  t.deepEqual(codes, [...Array<number>(4).fill(Code.Continue), Code.Changed, Code.Changed]);
  t.deepEqual(
    seen.map(({ claims }) => [claims.battery, claims.profile]),
    [66, 67].map((mark) => [mark, String.fromCharCode(mark).repeat(32)]),
  );
});

test('blocks of two devices under OSCORE from one address are kept apart by their contexts', async (t) => {
  const pair = enrolled('d1', 'd2') as [Enrolled, Enrolled];
  const { seen, wire } = await rigOf(t, pair);
  const link = wire();
  const devices = pair.map((one) => new HandMade(one));
  for (const device of devices) await known(t, link, device);
  const bodies = [longCheckIn(66), longCheckIn(67)].map(blocksOf);
  const codes: (number | undefined)[] = [];
  for (const [number] of bodies[0]!.entries())
    for (const [at, device] of devices.entries()) {
      const path = `c/d${at + 1}`;
      codes.push(device.opened(await link.ask(device.sealed({ path, ...bodies[at]![number]! })))?.code);
    }
  t.deepEqual(codes, [...Array<number>(4).fill(Code.Continue), Code.Changed, Code.Changed]);
  t.deepEqual(
    seen.map(({ id, claims }) => [id, claims.battery]),
    [
      ['d1', 66],
      ['d2', 67],
    ],
  );
});

test('a fleet that wakes at once: each one brings its blocks to their end, and a lost answer is given again', async (t) => {
  const FLEET = 400;
  const { seen, wire } = await rigOf(t, [], { open: true });
  const links = Array.from({ length: FLEET }, wire);
  const blocks = blocksOf(longCheckIn(66));
  const echoes = new Map<number, Uint8Array | undefined>();
  const round = async (plainAt: (at: number) => Parameters<typeof plainOf>[0]): Promise<number[]> => {
    const codes: number[] = [];
    for (const [at, link] of links.entries()) {
      const answer = readMessage(await link.ask(plainOf(plainAt(at))));
      echoes.set(at, optionOf(answer, Option.Echo) ?? echoes.get(at));
      codes.push(answer.code);
    }
    return [...new Set(codes)];
  };
  t.deepEqual(await round(() => ({ path: 'c/x', payload })), [Code.Unauthorized]);
  for (const [number, block] of blocks.entries()) {
    const asked = (at: number) => ({ path: 'c/x', echo: echoes.get(at), id: 20 + number, ...block });
    t.deepEqual(await round(asked), [number < blocks.length - 1 ? Code.Continue : Code.Changed]);
  }
  t.is(seen.length, FLEET);
  const again = (at: number) => ({
    path: 'c/x',
    echo: echoes.get(at),
    id: 20 + blocks.length - 1,
    ...blocks.at(-1)!,
  });
  t.deepEqual(await round(again), [Code.Changed]);
  t.is(seen.length, FLEET, 'and nobody checks in twice');
});
