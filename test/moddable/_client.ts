/**
 * "embedded:network/http/client" of the SDK over Node's sockets, with its manners (examples/io/tcp/httpclient 8.2.3):
 * - one request at a time, the others wait; the connection is kept, and never made anew
 * - the socket holds 1536 bytes; more is taken from the network when some of them were read
 * - `onReadable` is told all that can be read now of the body; it is not told again of what is left unread
 * - `read` of nothing, or in another state, does what the SDK's does
 * - an error says nothing; after it the client is closed, and of no more use
 * - a body without a length ends in an error, because that is how its end looks
 */
import { Socket } from 'node:net';
import type { SdkHttpClient, SdkHttpOptions, SdkHttpRequest } from '../../hal/moddable/sdk.ts';

const BUFFER = 1536;

type State = 'closed' | 'idle' | 'status' | 'header' | 'body' | 'size' | 'trailer' | 'done';

export interface ClientOptions {
  readonly host: string;
  readonly port?: number;
  readonly onError?: (error?: unknown) => void;
}

export class HttpClientDouble implements SdkHttpClient {
  readonly #socket = new Socket();
  readonly #options: ClientOptions;
  readonly #queue: SdkHttpOptions[] = [];
  #requests = new Map<SdkHttpOptions, SdkHttpRequest>();
  #current: SdkHttpOptions | undefined;
  #state: State = 'idle';
  #connected = false;
  #ended = false;
  #held: Buffer = Buffer.alloc(0);
  #line = '';
  #status = 0;
  #headers = new Map<string, string>();
  /** Of the body, or, where it is chunked, of the chunk. */
  #remaining = Infinity;
  #chunked = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#socket.on('readable', () => this.#fill());
    this.#socket.on('end', () => this.#lost());
    this.#socket.on('error', () => this.#lost());
    this.#socket.on('close', () => this.#lost());
    this.#socket.connect(options.port ?? 80, options.host, () => {
      this.#connected = true;
      this.#next();
    });
  }

  close(): void {
    this.#state = 'closed';
    this.#current = undefined;
    this.#queue.length = 0;
    this.#socket.destroy();
  }

  request(options: SdkHttpOptions): SdkHttpRequest {
    const request = { read: (into: Uint8Array): unknown => this.#read(options, into) };
    this.#requests.set(options, request);
    this.#queue.push(options);
    if (this.#connected && this.#state === 'idle' && this.#queue.length === 1) this.#next();
    return request;
  }

  #next(): void {
    if (this.#state === 'closed') return;
    this.#current = this.#queue.shift();
    if (!this.#current) return;
    const { path, headers } = this.#current;
    const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#state = 'status';
    this.#line = '';
    this.#remaining = Infinity;
    this.#chunked = false;
    this.#headers = new Map();
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${this.#options.host}\r\n${lines}\r\n`);
  }

  #fill(): void {
    if (this.#state === 'closed') return;
    const room = BUFFER - this.#held.length;
    const bytes =
      room > 0 ? (this.#socket.read(Math.min(room, this.#socket.readableLength)) as Buffer | null) : null;
    if (!bytes) return;
    this.#held = Buffer.concat([this.#held, bytes]);
    this.#readable();
  }

  /** Lines up to the body, and then what can be read of it. */
  #readable(): void {
    while (this.#held.length > 0 && this.#current) {
      if (this.#state === 'body') {
        this.#current.onReadable(Math.min(this.#held.length, this.#remaining));
        return;
      }
      const end = this.#held.indexOf('\n');
      const length = end < 0 ? this.#held.length : end + 1;
      this.#line += this.#held.toString('latin1', 0, length);
      this.#held = this.#held.subarray(length);
      if (end >= 0) this.#take(this.#line.trim());
    }
  }

  #take(line: string): void {
    this.#line = '';
    if (this.#state === 'status') {
      this.#status = parseInt(line.split(' ')[1] ?? '', 10);
      this.#state = 'header';
    } else if (this.#state === 'header') this.#header(line);
    else if (this.#state === 'size' && line !== '') {
      this.#remaining = parseInt(line, 16);
      this.#state = this.#remaining === 0 ? 'trailer' : 'body';
    } else if (this.#state === 'trailer') this.#done();
  }

  #header(line: string): void {
    const colon = line.indexOf(':');
    if (line !== '') {
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (this.#current!.headersMask.includes(name)) this.#headers.set(name, value);
      if (name === 'content-length') this.#remaining = parseInt(value, 10);
      if (name === 'transfer-encoding') this.#chunked = value.toLowerCase() === 'chunked';
      return;
    }
    this.#current!.onHeaders(this.#status, this.#headers);
    if (!this.#current) return;
    this.#state = this.#chunked ? 'size' : 'body';
    if (!this.#chunked && this.#remaining === 0) this.#done();
  }

  #read(options: SdkHttpOptions, into: Uint8Array): unknown {
    if (options !== this.#current) throw new Error('bad state');
    if (this.#state !== 'body' || this.#held.length === 0) return undefined;
    const count = Math.min(into.length, this.#held.length, this.#remaining);
    if (!(count > 0)) throw new Error('invalid');
    into.set(this.#held.subarray(0, count));
    this.#held = this.#held.subarray(count);
    this.#remaining -= count;
    if (this.#remaining === 0) {
      this.#state = this.#chunked ? 'size' : 'done';
      setTimeout(() => (this.#chunked ? this.#readable() : this.#done()), 0);
    }
    // The socket's task looks for more from time to time.
    setTimeout(() => {
      this.#fill();
      if (this.#ended && this.#held.length === 0) this.#lost();
    }, 1);
    return count;
  }

  #done(): void {
    const current = this.#current;
    if (!current || this.#state === 'closed') return;
    this.#current = undefined;
    this.#state = 'done';
    current.onDone(null);
    if ((this.#state as State) === 'closed') return;
    this.#state = 'idle';
    this.#next();
  }

  #lost(): void {
    this.#ended = true;
    if (this.#state === 'closed') return;
    if (this.#held.length > 0 && this.#state === 'body') return;
    // Told that it is complete before it is told of the error.
    if (this.#state === 'done') this.#done();
    const waiting = [...(this.#current ? [this.#current] : []), ...this.#queue];
    this.close();
    for (const one of waiting) one.onDone(new Error());
    this.#options.onError?.();
  }
}
