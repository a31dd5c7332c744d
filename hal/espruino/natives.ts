/** What the adapters use of Espruino (2v29): types only. Argument orders and silences as in its source. */

/** One erase page. */
export interface FlashPage {
  readonly addr: number;
  readonly length: number;
}

/** The module `Flash`. Addresses are absolute. `erasePage` and `write` return nothing, and do nothing without a word. */
export interface NativeFlash {
  /** Undefined: no flash there. */
  getPage(address: number): FlashPage | undefined;
  erasePage(address: number): void;
  /** Programs a neighbouring unit a second time where start or end are not aligned. */
  write(bytes: Uint8Array, address: number): void;
  /** The length comes first. Undefined for a length below 1, or without memory. */
  read(length: number, address: number): Uint8Array | undefined;
}

/** The module `crypto`, where the build has `SHA256`. */
export interface NativeCrypto {
  SHA256(message: Uint8Array | string): ArrayBuffer;
}

/** The global `E`. */
export interface NativeE {
  /** A string over mapped memory, not a copy. Crashes the interpreter, later, where nothing is mapped. */
  memoryArea(address: number, length: number): string;
  /** One character a byte. Of an array that it lies in one piece of memory, no copy. */
  toString(bytes: Uint8Array): string;
  reboot(): void;
  enableWatchdog(seconds: number, automatic: boolean): void;
  kickWatchdog(): void;
}

/** `url.parse`. */
export interface NativeUrl {
  readonly host: string;
  readonly port: number | string | undefined;
  readonly path: string;
}

export interface NativeHttpResponse {
  /** A string, or a number. */
  readonly statusCode: string;
  /** Names as the server writes them. */
  readonly headers: { readonly [name: string]: string };
  /** One character a byte. */
  on(event: 'data', listener: (text: string) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

export interface NativeHttpRequest {
  on(event: 'error', listener: () => void): unknown;
  end(): unknown;
}

/** The module `http`. */
export interface NativeHttp {
  request(
    options: {
      readonly host: string;
      readonly port: number | string | undefined;
      readonly method: string;
      readonly path: string;
      readonly headers?: { readonly Range: string };
    },
    callback: (response: NativeHttpResponse) => void,
  ): NativeHttpRequest;
}
