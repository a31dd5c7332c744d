/**
 * What the Moddable SDK (8.2.3) gives, as far as the adapters use it; types only. The application imports the modules
 * and hands them in, so that no adapter imports one: names in quotes are the modules.
 */
import type { FlashPartition } from '../ports.ts';

/** "embedded:storage/flash". Its `open` throws `Error` where there is no such partition. */
export interface SdkFlash {
  open(options: { readonly path: string; readonly mode?: 'r' | 'r+' }): SdkPartition;
}

/** On ESP32 `status()` says neither `writeAlign` nor `eraseValue`, on Zephyr both. */
export interface SdkPartition extends FlashPartition {
  close(): void;
}

/** "crypt": `new Digest('SHA256')`. `close` gives the digest; `reset` makes the same object ready for the next. */
export interface SdkDigest {
  reset(): void;
  write(data: Uint8Array): void;
  close(): ArrayBuffer;
}

export type SdkDigestConstructor = new (type: 'SHA256') => SdkDigest;

/** "ecp": a point of a curve. */
export interface SdkPoint {
  readonly X: bigint;
}

/** "curve": `new Curve('secp256r1')`. */
export interface SdkCurve {
  readonly G: SdkPoint;
  /** The order of G. */
  readonly n: bigint;
  /** "ec": y^2 = x^3 + a x + b over the field of m. */
  readonly ec: {
    readonly a: bigint;
    readonly b: bigint;
    readonly m: bigint;
    /** k1 times a1, plus k2 times a2. */
    mul2(a1: SdkPoint, k1: bigint, a2: SdkPoint, k2: bigint): SdkPoint;
  };
}

/** "mont": `new Mont({ m })`. */
export interface SdkModulus {
  mulinv(a: bigint): bigint;
}

/** "timer". */
export interface SdkTimer {
  set(callback: () => void, milliseconds: number): unknown;
  repeat(callback: () => void, milliseconds: number): unknown;
  clear(timer: unknown): void;
}

/** "time". Milliseconds since the start, in 32 bits: they wrap after 49 days, and may be negative. */
export interface SdkTime {
  readonly ticks: number;
}

/** "embedded:network/http/client". */
export interface SdkHttpRequest {
  /** Fills all of `into` when so much is readable; gives what the socket's read gives. */
  read(into: Uint8Array): unknown;
}

export interface SdkHttpOptions {
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** The headers to keep, in small letters. */
  readonly headersMask: readonly string[];
  onHeaders(status: number, headers: ReadonlyMap<string, string>): void;
  /** `count`: bytes that can be read now, those that were told of before and not read included. */
  onReadable(count: number): void;
  /** null: the body is complete and read. An error says nothing but that there is one. */
  onDone(error: unknown): void;
}

export interface SdkHttpClient {
  /** Waits behind those before it. */
  request(options: SdkHttpOptions): SdkHttpRequest;
  close(): void;
}

/** "embedded:io/socket/tcp", as the HTTP client makes it and uses it. */
export interface SdkSocketOptions {
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

export interface SdkSocket {
  /** 'number': `read` gives one byte; 'buffer': many. */
  format: string;
  read(into?: Uint8Array | number): unknown;
  write(data: unknown, options?: unknown): unknown;
  close(): void;
}

export type SdkSocketConstructor = new (options: SdkSocketOptions) => SdkSocket;
