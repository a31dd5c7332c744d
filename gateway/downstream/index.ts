/** The links to the devices that the configuration asks for. */
import { Exit, PublishError } from '../../publisher/errors.ts';
import type { GatewayConfig, HttpListening, Listening } from '../config/config.ts';
import { NUMBERS_EACH, oscoreKeyOf, oscoreNumbersOpen } from '../config/oscore.ts';
import { pemLoad } from '../config/pem.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Desk, DeviceEntry } from '../contract.ts';
import type { Rooms } from '../rooms.ts';
import { openCoapDown } from './coap.ts';
import type { CoapDownOptions } from './coap.ts';
import { openHttpDown } from './http.ts';
import type { HttpDown } from './http.ts';
import { tokensOf } from './http-tokens.ts';
import { DeviceContexts } from './oscore.ts';

export interface DownstreamOptions {
  readonly config: GatewayConfig;
  readonly secrets: Secrets;
  readonly entries: readonly DeviceEntry[];
  readonly desk: Desk;
  /** Inventory.saved. */
  readonly saved: () => Promise<void>;
  readonly warn: (words: string) => void;
}

export interface Downstream {
  readonly coap: string | undefined;
  readonly http: string | undefined;
}

const COAP_REMEDY =
  'Give devices a key of OSCORE: flipside gateway enrol --oscore FILE. Or "coap": {"insecure": true} where the network is trusted';

/** Of the devices on the list; undefined: none has a security context. */
const contextsOf = (
  { config, secrets, entries, warn }: DownstreamOptions,
  insecure: boolean,
): DeviceContexts | undefined => {
  const contexts = entries.flatMap(({ id }) => {
    const found = secrets.devices[id]?.oscore;
    return found === undefined ? [] : [{ device: id, key: oscoreKeyOf(found, id, config.secrets) }];
  });
  if (contexts.length === 0) return undefined;
  const without = entries.length - contexts.length;
  if (without > 0 && !insecure)
    warn(`${without} devices have no key of OSCORE, and cannot check in over CoAP: flipside gateway enrol`);
  const numbers = oscoreNumbersOpen(config, Date.now());
  return new DeviceContexts({ contexts, numbers, each: NUMBERS_EACH, open: insecure });
};

const coapTrouble = (error: unknown, { host, port }: Listening, file: string): unknown => {
  if (error instanceof RangeError)
    return new PublishError(error.message, {
      file,
      field: 'coap',
      remedy: COAP_REMEDY,
      exit: Exit.InputOutput,
    });
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const remedy =
    code === 'EADDRINUSE' ? 'Give another port' : 'Give an address of this machine, such as 127.0.0.1';
  return new PublishError(code ?? 'cannot be listened at', {
    file: `${host}:${port}`,
    field: 'coap',
    remedy,
    exit: Exit.InputOutput,
  });
};

const coapOf = async (
  options: DownstreamOptions,
  listening: Listening,
): Promise<Awaited<ReturnType<typeof openCoapDown>>> => {
  const { config, secrets, desk, saved, warn } = options;
  const { host, port, insecure } = listening;
  const contexts = contextsOf(options, insecure);
  // Enrol makes a token for each device; it says something where there is HTTP to show it over.
  const shownElsewhere = (id: string): boolean =>
    config.http !== undefined && secrets.devices[id]?.tokenHash !== undefined;
  const open = { insecureCoap: insecure, shownElsewhere };
  const down: CoapDownOptions = { desk, saved, contexts, port, host, ...open, warn };
  try {
    return await openCoapDown(down);
  } catch (error) {
    throw coapTrouble(error, listening, config.file);
  }
};

const httpOf = (
  { secrets, entries, desk, saved, warn }: DownstreamOptions,
  { cert, key, ...listening }: HttpListening,
): Promise<HttpDown> => {
  const tokens = tokensOf(entries.map(({ id }) => [id, secrets.devices[id]?.tokenHash] as const));
  const tls =
    cert === undefined || key === undefined
      ? undefined
      : { cert: pemLoad(cert, 'http.cert'), key: pemLoad(key, 'http.key') };
  const shownElsewhere = (id: string): boolean => secrets.devices[id]?.oscore !== undefined;
  return openHttpDown({ desk, saved, tokens, tls, warn, shownElsewhere, ...listening });
};

/** Throws PublishError. */
export const openDownstream = async (options: DownstreamOptions, rooms: Rooms): Promise<Downstream> => {
  const { coap, http } = options.config;
  if (coap === undefined && http === undefined)
    options.warn(`${options.config.file}: it has neither coap nor http, and no device can check in`);
  const overCoap = coap && rooms.add(await coapOf(options, coap));
  const overHttp = http && rooms.add(await httpOf(options, http));
  return { coap: overCoap?.url, http: overHttp?.url };
};
