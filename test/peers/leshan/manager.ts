/** The management server, as the scenarios speak to it. */
import { check, same } from '../_peer.ts';
import { startJava } from './process.ts';
import type { JavaProcess, Line } from './process.ts';

export interface Answer {
  readonly code: string;
  readonly value?: string;
  readonly message?: string;
}

export interface Manager {
  readonly java: JavaProcess;
  readonly uri: string;
  readonly secureUri: string;
  /** Marks a place: what is waited for comes after it. */
  mark(): number;
  ask(endpoint: string, request: Line): Promise<Answer>;
  /** The same, and the answer has to be a value. */
  read(endpoint: string, path: string, format?: string): Promise<string>;
  event(name: string, endpoint: string, from: number): Promise<Line>;
  /** Waits until a path is notified with that value; gives all values from the mark up to it. */
  notified(endpoint: string, path: string, value: string, from: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** The one device that the server has a key for; the key in hex. */
export const SECURE = {
  endpoint: 'secure',
  identity: 'lamp-7',
  key: '00112233445566778899aabbccddeeff',
} as const;

export const startManager = async (awake: number, port = 0): Promise<Manager> => {
  const java = await startJava('Manage', 'leshan', [
    String(port),
    String(awake),
    SECURE.endpoint,
    SECURE.identity,
    SECURE.key,
  ]);
  let id = 0;
  const manager: Manager = {
    java,
    uri: `coap://127.0.0.1:${java.port}`,
    secureUri: `coaps://127.0.0.1:${java.securePort}`,
    mark: () => java.lines.length,
    async ask(endpoint, request) {
      const mine = ++id;
      const from = java.lines.length;
      java.send({ id: mine, endpoint, ...request });
      const { line } = await java.wait(
        `answer to ${JSON.stringify(request)}`,
        (one) => one['id'] === mine,
        from,
      );
      return line as unknown as Answer;
    },
    async read(endpoint, path, format) {
      const answer = await manager.ask(endpoint, { do: 'read', path, ...(format ? { format } : {}) });
      same(answer.code, 'CONTENT', `read of ${path}: ${answer.message ?? ''}`);
      return answer.value!;
    },
    async event(name, endpoint, from) {
      const holds = (one: Line): boolean => one['event'] === name && one['endpoint'] === endpoint;
      return (await java.wait(`${name} of ${endpoint}`, holds, from)).line;
    },
    async notified(endpoint, path, value, from) {
      const of = (one: Line): boolean =>
        one['event'] === 'notified' && one['endpoint'] === endpoint && one['path'] === path;
      const { at } = await java.wait(
        `notification of ${path} with ${value}`,
        (one) => of(one) && one['value'] === value,
        from,
      );
      return java.lines
        .slice(from, at + 1)
        .filter(of)
        .map((one) => String(one['value']));
    },
    stop: () => java.stop(),
  };
  check(java.port > 0, 'the server has a port');
  return manager;
};
