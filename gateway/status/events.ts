/**
 * What changed, to whoever listens: server-sent events (WHATWG HTML 9.2).
 *
 *   devices   lines of the devices that changed       groups, status   the whole documents
 *   reset     more has changed than is kept here: ask for everything again
 *   hello     nothing was missed                        here   a sign of life, and the gateway's time; without an id
 *
 * Changes are gathered for a moment, so that a fleet that checks in at once makes one event. The last ones are kept
 * for who comes back with Last-Event-ID; ids of another run of the gateway are unknown, and answered with reset.
 */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { DeviceRecord, Instant } from '../contract.ts';
import { DocumentVersion } from './documents.ts';
import { jsonText } from './text.ts';

export interface EventsOptions {
  readonly line: (device: DeviceRecord) => unknown;
  readonly groups: () => unknown;
  readonly status: () => unknown;
  readonly now: () => Instant;
  /** Milliseconds for which changes are gathered, and from one look at groups and status to the next. */
  readonly gather?: number | undefined;
  readonly pulse?: number | undefined;
  /** Milliseconds for which changes are kept for who was the last to listen. */
  readonly linger?: number | undefined;
}

export interface Events {
  /** Takes over an answer whose head is written; false: there are too many. */
  add(response: ServerResponse, lastId: string | undefined): boolean;
  changed(device: DeviceRecord): void;
  /** Something of the groups changed, beside the devices. */
  groupsChanged(): void;
  readers(): number;
  close(): void;
}

const GATHER_MS = 200;
const PULSE_MS = 5_000;
const LINGER_MS = 60_000;
const READERS_MOST = 64;
/** Events that are kept, and devices in one of them. */
const BACKLOG = 256;
const DEVICES_MOST = 100;
/** Bytes that may wait for one reader. */
const SLOW_BYTES = 262_144;
const RECONNECT_MS = 2_000;

interface Kept {
  readonly number: number;
  readonly text: string;
}

/** What differs from one look to the next though nothing changed. */
const unchanging = (document: unknown): string => jsonText({ ...(document as object), now: 0, uptime: 0 });

export const openEvents = (options: EventsOptions): Events => {
  const run = randomBytes(6).toString('hex');
  const readers = new Set<ServerResponse>();
  const kept: Kept[] = [];
  const waiting = new Map<string, DeviceRecord>();
  const seen = new Map<string, string>();
  let number = 0;
  let gathering: NodeJS.Timeout | undefined;
  /** When somebody last listened. */
  let listened = -Infinity;

  const isListenedTo = (): boolean => {
    if (readers.size > 0) listened = performance.now();
    return performance.now() - listened <= (options.linger ?? LINGER_MS);
  };

  const write = (reader: ServerResponse, text: string): void => {
    if (reader.destroyed || reader.writableLength > SLOW_BYTES) {
      readers.delete(reader);
      reader.destroy();
    } else {
      reader.write(text);
    }
  };

  const send = (event: string, data: unknown): void => {
    number += 1;
    const text = `id: ${run}-${number}\nevent: ${event}\ndata: ${jsonText(data)}\n\n`;
    kept.push({ number, text });
    if (kept.length > BACKLOG) kept.shift();
    for (const reader of readers) write(reader, text);
  };

  const sendChanged = (event: string, document: unknown): void => {
    const text = unchanging(document);
    if (seen.get(event) === text) return;
    seen.set(event, text);
    send(event, document);
  };

  const flush = (): void => {
    gathering = undefined;
    const devices = [...waiting.values()];
    waiting.clear();
    if (!isListenedTo()) {
      // Nobody pays for what nobody sees. Who comes back has missed it, and asks for everything.
      kept.length = 0;
      number += 1;
      return seen.clear();
    }
    if (devices.length > DEVICES_MOST) send('reset', { version: DocumentVersion });
    else if (devices.length > 0)
      send('devices', { version: DocumentVersion, devices: devices.map(options.line) });
    sendChanged('groups', options.groups());
  };

  const gather = (): void => {
    gathering ??= setTimeout(flush, options.gather ?? GATHER_MS).unref();
  };

  const pulse = setInterval(() => {
    if (readers.size === 0) return;
    const here = `event: here\ndata: {"version":${DocumentVersion},"now":${options.now()}}\n\n`;
    for (const reader of readers) write(reader, here);
    sendChanged('status', options.status());
    sendChanged('groups', options.groups());
  }, options.pulse ?? PULSE_MS).unref();

  const missed = (lastId: string): readonly Kept[] | undefined => {
    const [theirRun, text = ''] = lastId.split('-');
    const last = /^\d{1,15}$/.test(text) ? Number(text) : -1;
    const first = kept[0]?.number ?? number + 1;
    if (theirRun !== run || !(last >= first - 1 && last <= number)) return undefined;
    return kept.filter((one) => one.number > last);
  };

  return {
    add(response, lastId) {
      if (readers.size >= READERS_MOST) return false;
      const since = lastId === undefined ? [] : missed(lastId);
      // An id from the first on: who loses the line before anything happened can say where it was.
      const at = since?.[0] === undefined ? number : since[0].number - 1;
      response.write(`retry: ${RECONNECT_MS}\n`);
      response.write(
        `id: ${run}-${at}\nevent: ${since ? 'hello' : 'reset'}\ndata: {"version":${DocumentVersion}}\n\n`,
      );
      for (const one of since ?? []) response.write(one.text);
      readers.add(response);
      const gone = (): void => {
        isListenedTo();
        readers.delete(response);
      };
      response.on('close', gone);
      response.on('error', gone);
      return true;
    },
    changed(device) {
      waiting.set(device.id, device);
      gather();
    },
    groupsChanged: gather,
    readers: () => readers.size,
    close() {
      clearTimeout(gathering);
      clearInterval(pulse);
      for (const reader of readers) reader.end();
      readers.clear();
    },
  };
};
