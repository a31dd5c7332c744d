/** One update by a server, from its first word to its result, and what the server saw on the way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, same } from '../_peer.ts';
import type { Device } from './device.ts';
import type { Line } from './process.ts';
import type { Manager } from './manager.ts';

export const State = { Idle: '0', Downloading: '1', Downloaded: '2', Updating: '3' } as const;

const STATE = '/5/0/3';
const RESULT = '/5/0/5';

export const observeFirmware = async (manager: Manager, endpoint: string): Promise<void> => {
  for (const path of [STATE, RESULT]) {
    const answer = await manager.ask(endpoint, { do: 'observe', path });
    same(answer.code, 'CONTENT', `observe ${path}`);
  }
};

/** Delivers by push: the bundle as the package. Waits until it is downloaded. */
export const push = async (
  manager: Manager,
  endpoint: string,
  folder: string,
  bundle: Uint8Array,
  format = 'OPAQUE',
): Promise<void> => {
  const file = join(folder, 'package.bundle');
  writeFileSync(file, bundle);
  const from = manager.mark();
  const answer = await manager.ask(endpoint, { do: 'write', path: '/5/0/0', file, format, timeout: 60_000 });
  same(answer.code, 'CHANGED', `push: ${answer.message ?? ''}`);
  const states = await manager.notified(endpoint, STATE, State.Downloaded, from);
  same(states, [State.Downloading, State.Downloaded], 'states while it was pushed');
};

export const pull = async (manager: Manager, endpoint: string, uri: string): Promise<void> => {
  const from = manager.mark();
  const answer = await manager.ask(endpoint, { do: 'write', path: '/5/0/1', value: uri, format: 'TEXT' });
  same(answer.code, 'CHANGED', `URI: ${answer.message ?? ''}`);
  const states = await manager.notified(endpoint, STATE, State.Downloaded, from);
  same(states, [State.Downloading, State.Downloaded], 'states while it was pulled');
};

/** Executes Update and waits for the end: registered again, state Idle, that result and that version. */
export const update = async (
  manager: Manager,
  device: Device,
  endpoint: string,
  result: string,
  version: string,
): Promise<void> => {
  const from = manager.mark();
  const boots = device.board.boots;
  const answer = await manager.ask(endpoint, { do: 'execute', path: '/5/0/2' });
  same(answer.code, 'CHANGED', `update: ${answer.message ?? ''}`);
  const states = await manager.notified(endpoint, STATE, State.Updating, from);
  same(states, [State.Updating], 'states after Update');
  await manager.event('registered', endpoint, from);
  await settled(manager, endpoint, result);
  same(await manager.read(endpoint, '/3/0/3'), version, 'firmware version');
  same(await manager.read(endpoint, '/5/0/7'), version, 'package version');
  check(device.board.boots > boots, 'the board restarted');
};

/** Milliseconds. */
const POLL = 200;
const PATIENCE = 60_000;

/** The board may be off, or between two boots: asks until it is Idle. */
export const settled = async (manager: Manager, endpoint: string, result: string): Promise<void> => {
  let last: Line = {};
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const state = await manager.ask(endpoint, { do: 'read', path: STATE, timeout: 2000 });
    const now = await manager.ask(endpoint, { do: 'read', path: RESULT, timeout: 2000 });
    last = { state: state.value ?? state.code, result: now.value ?? now.code };
    if (state.value === State.Idle && now.value !== '0') break;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  same(last, { state: State.Idle, result }, 'state and result in the end');
};
