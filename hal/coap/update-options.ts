/** What the driver over CoAP is given. */
import type { RateFloor } from '../http/rate.ts';
import type { RetryLimits } from '../http/retry.ts';
import type { Place } from '../http/uri.ts';
import type { Endpoint, Peer } from './contract.ts';

/** As much of the agent as this driver holds. */
export interface CoapReceiver {
  offerBegin(whole?: boolean): number;
  push(bytes: Uint8Array, from: number, to: number): number;
  poll(): number;
  wanted(range: { offset: number; length: number }): number;
  uri(into: Uint8Array): number;
}

/** How blocks are asked for. The board says it, by its link (hal/links). */
export interface CoapBlocks {
  /** 0..6, for blocks of 16..1024 bytes. */
  readonly szx: number;
  /** Requests at once, and blocks held that come before their turn. */
  readonly window: number;
  readonly held: number;
  /** Empty: a new token for each block. Else the one that the server wants for all of them. */
  readonly token: Uint8Array;
}

export interface CoapUpdateOptions {
  readonly agent: CoapReceiver;
  readonly endpoint: Endpoint;
  /** Where the envelope is; as the configuration says, so it is trusted to be asked. */
  readonly envelope: Place;
  /** URI of the payload, when not where the manifest says. */
  readonly payload?: string | undefined;
  /** Where else it may go: OriginPolicy.allowed. */
  readonly hosts?: readonly string[];
  /** A place that the signed manifest names is gone to. Default false. */
  readonly manifestHost?: boolean;
  /** What connect() can do. Default coap. */
  readonly schemes?: readonly string[];
  /**
   * Finds the peer at a place, and says so, at once or later. null: there is none, or, said after a peer, the way to it has
   * ended. Later, coapUpdateStep() is to be called then.
   */
  connect(place: Place, found: (peer: Peer | null) => void): void;
  readonly blocks: CoapBlocks;
  /** In 0..1, 1 not among them. */
  random(): number;
  readonly retry?: RetryLimits;
  readonly rate?: RateFloor;
  /** Milliseconds for connect(). Default 30,000. */
  readonly patience?: number;
  /** What is asked for comes from the whole image's payload: the agent takes no patch. Default false. */
  readonly whole?: boolean;
}
