/** What a board tells the client when it opens it. */
import type { Peer } from '../../coap/contract.ts';
import type { FirmwareOptions } from '../firmware/object.ts';
import type { Keep } from '../../ports.ts';
import type { Security } from '../model/accounts.ts';
import type { Lwm2mObject } from '../model/object.ts';
import type { ConnectivityFacts } from '../objects/connectivity.ts';
import type { DeviceFacts } from '../objects/device.ts';

/** One server, as the factory knows it. */
export interface FactoryServer {
  /** coap://host:port, or coaps:. */
  readonly uri: string;
  readonly bootstrap?: boolean | undefined;
  /** `Mode` of model/accounts.ts. Default NoSecurity. */
  readonly mode?: number | undefined;
  readonly identity?: Uint8Array | undefined;
  readonly secret?: Uint8Array | undefined;
  /** Short server id. Default 1. */
  readonly ssid?: number | undefined;
  /** Seconds a registration lasts. Default 86400. */
  readonly lifetime?: number | undefined;
  /** Seconds to wait before a bootstrap server is asked. */
  readonly holdOff?: number | undefined;
}

export interface Lwm2mOptions {
  /** Endpoint client name. ASCII, without what a query would have to escape. */
  readonly endpoint: string;
  /** Where the device begins; a bootstrap server may put other servers in their place. */
  readonly factory: readonly FactoryServer[];
  readonly device: DeviceFacts;
  readonly firmware: FirmwareOptions;
  readonly connectivity?: ConnectivityFacts | undefined;
  /** Objects of the application's own. */
  readonly objects?: readonly Lwm2mObject[] | undefined;
  /**
   * The other end of a server's account: the same record for the same address. Nothing: it cannot be reached, now. A
   * connection that has to be made first may be made when something is transmitted to it.
   */
  readonly connect: (uri: string, security: Security) => Peer | undefined;
  /** In 0..1, 1 not among them. */
  readonly random: () => number;
  /** Keeps what a bootstrap server wrote, keys among it. Without it a reset goes back to the factory's. */
  readonly accounts?: Keep | undefined;
  /** Most bytes of a key in an account; 0 where there are none. Default 64. */
  readonly keySize?: number | undefined;
  /** Queue mode: the device sleeps between updates, and the server keeps its requests until then. Default false. */
  readonly queue?: boolean | undefined;
  /** Seconds awake after the last message in queue mode. Default 93, MAX_TRANSMIT_WAIT of RFC 7252. */
  readonly awake?: number | undefined;
  /** Nothing is to be said or heard until then (milliseconds of the client's clock). */
  readonly sleep?: ((until: number) => void) | undefined;
  /** Told when the state of the registration changes (`Registration` of client/state.ts), and why. */
  readonly onState?: ((state: number, code: number) => void) | undefined;
  /** Most observations and sets of attributes. Default 8. */
  readonly observations?: number | undefined;
  /** Largest payload of an answer, in bytes: 256 to 1024. Default 1024. */
  readonly payload?: number | undefined;
  /** Seconds of the first wait after a failed registration; doubles. Default 60. */
  readonly retry?: number | undefined;
}
