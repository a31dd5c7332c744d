/**
 * The servers that the device knows: what objects 0 (Security) and 1 (Server) hold. Bootstrap writes into a draft, which
 * takes the place of the accounts when the server has finished and they are consistent.
 */
import { bytesCopy } from '../../../agent/bytes.ts';

/** Security modes (object 0, resource 2). */
export const Mode = { Psk: 0, RawPublicKey: 1, Certificate: 2, NoSecurity: 3 } as const;

export const URI_MAX = 255;
/** Of a key or an identity: a certificate in DER, where one is used, has to fit. */
export const KEY_MAX = 1024;
/** Each SSID, but of the bootstrap server, names one server (LwM2M 1.1, object 1). */
export const SSID_MAX = 65534;
/** A bootstrap server, a management server, and one to spare while a draft holds both an old and a new one. */
export const SECURITIES_MAX = 3;
export const SERVERS_MAX = 2;

export const LIFETIME_DEFAULT = 86400;
/** Shorter ones are taken as this: each update costs a wake. */
export const LIFETIME_MIN = 15;

/** A value of bytes that can be replaced: bytes[0..length-1]. */
export interface Text {
  readonly bytes: Uint8Array;
  length: number;
}

export interface Security {
  id: number;
  readonly uri: Text;
  bootstrap: boolean;
  mode: number;
  readonly identity: Text;
  readonly serverKey: Text;
  readonly secret: Text;
  /** Of the server account with that number; of none for a bootstrap server. */
  ssid: number;
  /** Seconds that the client waits before it asks a bootstrap server by itself. */
  holdOff: number;
}

export interface Server {
  id: number;
  ssid: number;
  lifetime: number;
  /** Default periods of notifications, in seconds; -1: not set. */
  pmin: number;
  pmax: number;
  /** Whether what could not be notified is kept until it can. */
  storing: boolean;
  readonly binding: Text;
}

export interface Accounts {
  /** In use are those whose id is not -1. */
  readonly securities: Security[];
  readonly servers: Server[];
}

const textNew = (capacity: number): Text => ({ bytes: new Uint8Array(capacity), length: 0 });

/** False where it does not fit. */
export function textSet(text: Text, bytes: Uint8Array, from: number, to: number): boolean {
  if (!(to - from <= text.bytes.length)) return false;
  bytesCopy(bytes, from, text.bytes, 0, to - from);
  text.length = to - from;
  return true;
}

/** `keySize`: most bytes of an identity or a key; 0 for a device that has none in these objects. */
export function accountsNew(keySize: number): Accounts {
  const securities: Security[] = [];
  const servers: Server[] = [];
  for (let i = 0; i < SECURITIES_MAX; i += 1) {
    securities.push({
      id: -1,
      uri: textNew(URI_MAX),
      bootstrap: false,
      mode: Mode.NoSecurity,
      identity: textNew(keySize),
      serverKey: textNew(keySize),
      secret: textNew(keySize),
      ssid: 0,
      holdOff: 0,
    });
  }
  for (let i = 0; i < SERVERS_MAX; i += 1) {
    servers.push({
      id: -1,
      ssid: 0,
      lifetime: LIFETIME_DEFAULT,
      pmin: -1,
      pmax: -1,
      storing: true,
      binding: textNew(2),
    });
  }
  return { securities: securities, servers: servers };
}

export function accountsCopy(from: Accounts, into: Accounts): void {
  for (let i = 0; i < SECURITIES_MAX; i += 1) securityCopy(from.securities[i]!, into.securities[i]!);
  for (let i = 0; i < SERVERS_MAX; i += 1) {
    const a = from.servers[i]!;
    const b = into.servers[i]!;
    serverReset(b, a.id);
    b.ssid = a.ssid;
    b.lifetime = a.lifetime;
    b.pmin = a.pmin;
    b.pmax = a.pmax;
    b.storing = a.storing;
    textSet(b.binding, a.binding.bytes, 0, a.binding.length);
  }
}

function securityCopy(from: Security, into: Security): void {
  securityReset(into, from.id);
  textSet(into.uri, from.uri.bytes, 0, from.uri.length);
  into.bootstrap = from.bootstrap;
  into.mode = from.mode;
  textSet(into.identity, from.identity.bytes, 0, from.identity.length);
  textSet(into.serverKey, from.serverKey.bytes, 0, from.serverKey.length);
  textSet(into.secret, from.secret.bytes, 0, from.secret.length);
  into.ssid = from.ssid;
  into.holdOff = from.holdOff;
}

/** As a new instance begins: what is written replaces all of it. */
export function securityReset(security: Security, id: number): void {
  security.id = id;
  security.uri.length = 0;
  security.bootstrap = false;
  security.mode = Mode.NoSecurity;
  security.identity.length = 0;
  security.serverKey.length = 0;
  security.secret.length = 0;
  security.ssid = 0;
  security.holdOff = 0;
}

export function serverReset(server: Server, id: number): void {
  server.id = id;
  server.ssid = 0;
  server.lifetime = LIFETIME_DEFAULT;
  server.pmin = -1;
  server.pmax = -1;
  server.storing = true;
  server.binding.bytes[0] = 0x55; // U
  server.binding.length = 1;
}

export function securityWith(accounts: Accounts, id: number): Security | undefined {
  for (const security of accounts.securities) if (security.id === id) return security;
  return undefined;
}

export function serverWith(accounts: Accounts, id: number): Server | undefined {
  for (const server of accounts.servers) if (server.id === id) return server;
  return undefined;
}

export function bootstrapSecurity(accounts: Accounts): Security | undefined {
  for (const security of accounts.securities) if (security.id >= 0 && security.bootstrap) return security;
  return undefined;
}

/** The server that manages the device: the first one with an account. */
export function managedServer(accounts: Accounts): Server | undefined {
  for (const server of accounts.servers) if (server.id >= 0 && securityOf(accounts, server)) return server;
  return undefined;
}

export function securityOf(accounts: Accounts, server: Server): Security | undefined {
  for (const security of accounts.securities) {
    if (security.id >= 0 && !security.bootstrap && security.ssid === server.ssid) return security;
  }
  return undefined;
}

/**
 * Whether a client can live with them (LwM2M 1.1 core 6.1.7.4): a server that has an account, no two of one number, and
 * keys where the mode asks for keys.
 */
export function accountsConsistent(accounts: Accounts): boolean {
  if (managedServer(accounts) === undefined) return false;
  let bootstraps = 0;
  for (const security of accounts.securities) {
    if (security.id < 0) continue;
    if (security.bootstrap) bootstraps += 1;
    if (security.uri.length === 0) return false;
    const keyed = security.identity.length > 0 && security.secret.length > 0;
    if (security.mode !== Mode.NoSecurity && !keyed) return false;
  }
  for (const server of accounts.servers) {
    if (server.id < 0) continue;
    if (!(server.ssid >= 1 && server.ssid <= SSID_MAX) || securityOf(accounts, server) === undefined)
      return false;
    for (const other of accounts.servers) {
      if (other !== server && other.id >= 0 && other.ssid === server.ssid) return false;
    }
  }
  return bootstraps <= 1;
}
