/** What registration and bootstrap have in common: states, waits, and what ends with a registration. */
import { observeClear } from '../answer/observe.ts';
import { attributesClear } from '../model/attributes.ts';
import { managedServer } from '../model/accounts.ts';
import type { Text } from '../model/accounts.ts';
import { Registration } from './state.ts';
import type { Client } from './state.ts';

const SECOND = 1000;
const RETRY_DEFAULT = 60;
/** Longest wait between two attempts. */
const RETRY_MAX = 3600;
const AWAKE_DEFAULT = 93;

export function stateSet(client: Client, state: number, code: number): void {
  client.state = state;
  if (client.options.onState) client.options.onState(state, code);
}

/** Something was said or heard: in queue mode the device stays awake for a while (1.1 core 6.5). */
export function stayAwake(client: Client, now: number): void {
  client.asleep = false;
  client.awakeUntil = now + (client.options.awake ?? AWAKE_DEFAULT) * SECOND;
}

export function queueMode(client: Client): boolean {
  const server = managedServer(client.accounts);
  return client.options.queue === true || (server !== undefined && server.binding.length > 1);
}

/** With a registration end the observations and attributes that were made in it. */
export function registrationForget(client: Client): void {
  observeClear(client.observing);
  attributesClear(client.attributes);
}

export function textOf(text: Text): string {
  let all = '';
  for (let i = 0; i < text.length; i += 1) all += String.fromCharCode(text.bytes[i]!);
  return all;
}

/** Waits, twice as long after each failure in a row. */
export function registrationLater(client: Client, code: number, now: number): void {
  let wait = client.options.retry ?? RETRY_DEFAULT;
  for (let i = 1; i < client.failures && wait < RETRY_MAX; i += 1) wait *= 2;
  wait = Math.min(wait, RETRY_MAX);
  // Devices that lost one server together do not come back together.
  client.dueAt = now + wait * SECOND * (0.5 + client.options.random() / 2);
  stateSet(client, Registration.Waiting, code);
}
