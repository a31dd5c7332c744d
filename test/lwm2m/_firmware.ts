/** What a server does with object 5, and packages to do it with. */
import type { ExecutionContext } from 'ava';
import { Code } from '../../hal/coap/numbers.ts';
import { image, release, World } from './_world.ts';
import type { WorldOptions } from './_world.ts';

const { Get, Put, Post } = Code;

export const Text = 0;
export const Opaque = 42;
export const Cbor = 60;
export const Senml = 112;
export const Tlv = 11542;
export const BLOCK = 1024;

export const good: ReturnType<typeof release> = release(image(2), 2);
export const bad: ReturnType<typeof release> = release(image(3), 2);
export const UNHEALTHY: WorldOptions = { behaviours: [[image(3), { kind: 'failsCheck', ticks: 2 }]] };

export const registered = (options: WorldOptions = {}): World => {
  const world = new World(options);
  world.registers();
  return world;
};

export const erases = (world: World): number =>
  Object.values(world.board.flash.devices).reduce(
    (all, { wear }) => all + wear.reduce((sum, one) => sum + one, 0),
    0,
  );

export const observed = (world: World): void => {
  for (const path of ['5/0/3', '5/0/5']) world.server.ask({ method: Get, path, observe: 0 });
};

export const execute = (world: World, resource: number, payload: string = ''): string =>
  world.server.ask({
    method: Post,
    path: `5/0/${resource}`,
    ...(payload === '' ? {} : { format: Text, payload }),
  }).code;

export const write = (world: World, uri: string): string =>
  world.server.ask({ method: Put, path: '5/0/1', format: Text, payload: uri }).code;

/** After Update was executed: registered anew, and the trial is over. */
export const settles = (t: ExecutionContext, world: World, firmware: string, version: string): void => {
  t.true(world.registers(), 'registers after the restart');
  t.true(
    world.run(() => world.server.firmware === firmware, 600_000),
    `${world.server.firmware}, not ${firmware}`,
  );
  t.is(world.server.read('3/0/3').text, version);
  t.is(world.server.read('5/0/7').text, version);
};

export function altered(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
}

export const block = (world: World, number: number, more: boolean = true, szx: number = 6): string =>
  world.server.ask({
    method: Put,
    path: '5/0/0',
    format: Opaque,
    payload: good.bundle.subarray(number * (16 << szx), (number + 1) * (16 << szx)),
    block: [number, more, szx],
  }).code;
