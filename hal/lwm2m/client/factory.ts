/** The accounts that a device leaves the factory with. */
import { textBytes } from '../format/output.ts';
import { Mode, securityReset, serverReset, textSet } from '../model/accounts.ts';
import type { Accounts } from '../model/accounts.ts';
import type { FactoryServer } from './options.ts';

/** Throws RangeError where they do not fit. */
export function factoryAccounts(accounts: Accounts, factory: readonly FactoryServer[]): void {
  if (!(factory.length > 0 && factory.length <= accounts.securities.length)) {
    throw new RangeError(`lwm2m: ${factory.length} servers`);
  }
  let servers = 0;
  for (let i = 0; i < factory.length; i += 1) {
    const given = factory[i]!;
    const security = accounts.securities[i]!;
    securityReset(security, i);
    const uri = textBytes(given.uri);
    const none = new Uint8Array(0);
    const identity = given.identity ?? none;
    const secret = given.secret ?? none;
    const fits =
      textSet(security.uri, uri, 0, uri.length) &&
      textSet(security.identity, identity, 0, identity.length) &&
      textSet(security.secret, secret, 0, secret.length);
    if (!fits) throw new RangeError('lwm2m: a server does not fit');
    security.bootstrap = given.bootstrap === true;
    security.mode = given.mode ?? Mode.NoSecurity;
    security.holdOff = given.holdOff ?? 0;
    if (security.bootstrap) continue;
    if (!(servers < accounts.servers.length)) throw new RangeError('lwm2m: too many servers');
    const server = accounts.servers[servers]!;
    serverReset(server, servers);
    servers += 1;
    security.ssid = given.ssid ?? 1;
    server.ssid = security.ssid;
    if (given.lifetime !== undefined) server.lifetime = given.lifetime;
  }
}
