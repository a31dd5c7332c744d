/** Objects 0 and 1 have the instances that the accounts have. */
import type { Lwm2mObject } from '../model/object.ts';
import { objectOf } from '../model/object.ts';
import { SECURITY } from '../objects/security.ts';
import { SERVER } from '../objects/server.ts';
import type { Client } from './state.ts';

export function instancesSync(client: Client): void {
  const security = objectOf(client.objects, SECURITY);
  const server = objectOf(client.objects, SERVER);
  if (security) fill(security, client.accounts.securities);
  if (server) fill(server, client.accounts.servers);
}

function fill(object: Lwm2mObject, accounts: readonly { readonly id: number }[]): void {
  object.instances.length = 0;
  for (const account of accounts) if (account.id >= 0) object.instances.push(account.id);
}
