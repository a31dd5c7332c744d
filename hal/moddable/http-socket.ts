/**
 * A socket for the SDK's HTTP client that keeps a hostile server from ending the machine. What the client (8.2.3) throws in
 * a callback of its socket, at an answer that is no HTTP or has trailers, nobody catches: XS ends, the board restarts. And
 * it keeps a line until it ends, however long. So what is thrown is told to it as a lost connection, and the bytes that it
 * reads one by one, which are those of its lines, are counted.
 */
import type { SdkSocket, SdkSocketConstructor, SdkSocketOptions } from './sdk.ts';

/** Bytes of status line and headers, of all answers since a body was last read. */
const LINES = 4096;

// The client makes it with `new`, and sets `format`: a class, on an engine that has classes.
// oxlint-disable device/dialect
export function moddableSocket(Socket: SdkSocketConstructor): SdkSocketConstructor {
  return class implements SdkSocket {
    readonly #socket: SdkSocket;
    #lines = 0;

    constructor(options: SdkSocketOptions) {
      const lost = (): void => {
        try {
          options.onError();
        } catch (_) {
          // It was told, and closes.
        }
      };
      const guarded =
        (run: (count: number) => void): ((count: number) => void) =>
        (count) => {
          try {
            run(count);
          } catch (_) {
            lost();
          }
        };
      this.#socket = new Socket({
        ...options,
        onReadable: guarded(options.onReadable),
        onWritable: guarded(options.onWritable),
        onError: lost,
      });
    }

    read(into?: Uint8Array | number): unknown {
      if (this.#socket.format === 'buffer') this.#lines = 0;
      else if (++this.#lines > LINES) throw new RangeError('an answer without an end to its headers');
      return into === undefined ? this.#socket.read() : this.#socket.read(into);
    }

    write(data: unknown, options?: unknown): unknown {
      return options === undefined ? this.#socket.write(data) : this.#socket.write(data, options);
    }

    close(): void {
      this.#socket.close();
    }

    get format(): string {
      return this.#socket.format;
    }

    set format(value: string) {
      this.#socket.format = value;
    }
  };
}
