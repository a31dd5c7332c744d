/** Requests and answers over a port: asked again when no answer comes, over a port opened again when it went away. */
import { setTimeout as pause } from 'node:timers/promises';
import { decode } from 'cborg';
import { HEADER, headerNew, headerRead, lineReaderNew, lineTake, Op } from '../../hal/serial/index.ts';
import { Exit, PublishError } from '../errors.ts';
import { linesOf, messageOf } from './packet.ts';
import type { Port } from './port.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface LinkOptions {
  readonly open: () => Promise<Port>;
  /** Milliseconds without an answer after which a request is sent again; half as long again each time. Default 2500. */
  readonly timeout?: number | undefined;
  /** Milliseconds without any answer after which it gives up. Default 60,000. */
  readonly patience?: number | undefined;
}

/** Longest answer that is read. */
const MOST = 8192;
const LONGEST_TIMEOUT = 20_000;
const REOPEN_MILLISECONDS = 500;

export class Link {
  readonly #options: LinkOptions;
  readonly #reader = lineReaderNew(HEADER, MOST);
  #port: Port | undefined;
  #sequence = 0;
  #waiting: ((message: Uint8Array | undefined) => void) | undefined;
  /** Bytes over the line, there and back; requests sent again; times the port was opened anew. */
  sent = 0;
  received = 0;
  repeats = 0;
  reopened = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The body of the answer. Errors of the protocol are in it. `once`: no second try; undefined when nothing came. */
  async ask(op: number, group: number, command: number, body: Body): Promise<Body> {
    const patience = this.#options.patience ?? 60_000;
    const until = Date.now() + patience;
    let timeout = this.#options.timeout ?? 2500;
    const request = this.#request(op, group, command, body);
    for (let tries = 0; ; tries++) {
      const answer = await this.#once(request, Math.min(timeout, Math.max(1, until - Date.now())));
      if (answer !== undefined) return answer;
      if (Date.now() >= until) throw this.#silence(patience);
      this.repeats++;
      if (this.#port === undefined) {
        this.reopened++;
        await pause(REOPEN_MILLISECONDS);
      }
      timeout = Math.min(timeout * 1.5, LONGEST_TIMEOUT);
    }
  }

  /** One try; for what a board answers with its restart. */
  async tell(op: number, group: number, command: number, body: Body): Promise<Body | undefined> {
    return this.#once(this.#request(op, group, command, body), this.#options.timeout ?? 2500);
  }

  close(): void {
    this.#port?.close();
    this.#port = undefined;
  }

  #silence(patience: number): PublishError {
    return new PublishError(`no answer in ${Math.round(patience / 1000)} s`, {
      field: '--port',
      remedy:
        'Check the wires, --baud, and that the board runs a serial server; what has arrived is not lost',
      exit: Exit.InputOutput,
    });
  }

  #request(op: number, group: number, command: number, body: Body): Uint8Array {
    this.#sequence = (this.#sequence + 1) & 0xff;
    return linesOf(messageOf({ op, group, command, sequence: this.#sequence }, body));
  }

  async #once(request: Uint8Array, timeout: number): Promise<Body | undefined> {
    const port = await this.#open();
    if (port === undefined) return undefined;
    const message = await new Promise<Uint8Array | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeout);
      this.#waiting = (came) => {
        clearTimeout(timer);
        resolve(came);
      };
      this.sent += request.length;
      port.write(request);
    });
    this.#waiting = undefined;
    return message && (decode(message.subarray(HEADER)) as Body);
  }

  async #open(): Promise<Port | undefined> {
    if (this.#port) return this.#port;
    try {
      const port = await this.#options.open();
      port.onData = (bytes) => this.#take(bytes);
      port.onGone = () => {
        this.#port = undefined;
        port.close();
        this.#waiting?.(undefined);
      };
      this.#port = port;
      return port;
    } catch (error) {
      // The first time it is a mistake; later it is a plug that was pulled, and comes back.
      if (this.received === 0) throw error;
      return undefined;
    }
  }

  #take(bytes: Uint8Array): void {
    this.received += bytes.length;
    const reader = this.#reader;
    for (let at = 0; at < bytes.length;) {
      at += lineTake(reader, bytes, at, bytes.length);
      if (reader.message === 0) continue;
      const message = reader.bytes.slice(0, reader.message);
      reader.message = 0;
      const header = headerNew();
      headerRead(message, header);
      const answer = header.op === Op.ReadAnswer || header.op === Op.WriteAnswer;
      // An answer to an earlier try of another request is late, and says nothing about this one.
      if (answer && header.sequence === this.#sequence) this.#waiting?.(message);
    }
  }
}
