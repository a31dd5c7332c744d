/**
 * The events of the gateway. A line that breaks is taken up by the browser, with Last-Event-ID: what was missed comes, or
 * `reset`. A line that is silent, or that the browser has given up, is begun anew, and everything is asked for again.
 */
import type { DeviceLine, GroupsDocument, StatusDocument } from '../shapes.ts';

export type Line = 'connecting' | 'live' | 'lost';

export interface Listener {
  /** Everything is to be asked for again. */
  all(): void;
  devices(lines: readonly DeviceLine[]): void;
  groups(document: GroupsDocument): void;
  status(document: StatusDocument): void;
  /** A sign of life, with the gateway's time. */
  here(now: number): void;
  line(line: Line): void;
}

/** Signs of life come every five seconds. */
const SILENCE_MS = 15_000;
const AGAIN_MS = 2_000;
const LOOK_MS = 1_000;

export const listen = (listener: Listener): void => {
  let source: EventSource;
  let heard = 0;
  let closedAt = 0;

  const on = (name: string, act: (data: unknown) => void): void =>
    source.addEventListener(name, (event) => {
      heard = performance.now();
      listener.line('live');
      act(JSON.parse((event as MessageEvent<string>).data));
    });

  const open = (): void => {
    source = new EventSource('api/events');
    heard = performance.now();
    let fresh = true;
    on('hello', () => {
      if (fresh) listener.all();
      fresh = false;
    });
    on('reset', () => {
      fresh = false;
      listener.all();
    });
    on('devices', (data) => listener.devices((data as { devices: readonly DeviceLine[] }).devices));
    on('groups', (data) => listener.groups(data as GroupsDocument));
    on('status', (data) => listener.status(data as StatusDocument));
    on('here', (data) => listener.here((data as { now: number }).now));
    source.addEventListener('error', () => {
      listener.line('lost');
      if (source.readyState === EventSource.CLOSED) closedAt = performance.now();
    });
  };

  setInterval(() => {
    const now = performance.now();
    if (source.readyState === EventSource.CLOSED ? now - closedAt < AGAIN_MS : now - heard < SILENCE_MS)
      return;
    if (source.readyState !== EventSource.CLOSED) listener.line('lost');
    source.close();
    open();
  }, LOOK_MS);
  open();
};
