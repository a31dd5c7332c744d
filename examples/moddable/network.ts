/** The way to the update server. */
import HTTPClient from 'embedded:network/http/client';
import TCP from 'embedded:io/socket/tcp';
import Timer from 'timer';
import { moddableHttp, moddableSocket } from 'flipside/hal/moddable/index';
import type { HttpUpdate, SdkHttpClient } from 'flipside/hal/moddable';
import type { Agent } from 'flipside/agent';

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly envelope: string;
}

/** The server is given by its address here; a product takes the resolver of `device.network.http`. */
const dns = {
  io: class {
    resolve({
      host,
      onResolved,
    }: {
      host: string;
      onResolved: (host: string, address: string) => void;
    }): void {
      Timer.set(() => onResolved(host, host), 0);
    }
  },
};

const connect = (server: Server, onError: (error: unknown) => void): SdkHttpClient =>
  new HTTPClient({ host: server.host, port: server.port, dns, socket: { io: moddableSocket(TCP) }, onError });

export const updateStart = (agent: Agent, server: Server, done: HttpUpdate['done']): (() => void) =>
  moddableHttp({
    agent,
    connect: (onError) => connect(server, onError),
    timer: Timer,
    host: server.host,
    port: server.port,
    envelope: server.envelope,
    timeout: 5000,
    done,
  });

/** Whether the server answers: what a health check asks. 1: yes, 0: not yet. Asks once more when it did not. */
export const reachable = (server: Server): (() => number) => {
  let answered = 0;
  let asked: SdkHttpClient | undefined;
  const close = (): void => {
    asked?.close();
    asked = undefined;
  };
  return () => {
    if (answered || asked) return answered;
    asked = connect(server, close);
    asked.request({
      path: server.envelope,
      headers: new Map([['range', 'bytes=0-0']]),
      headersMask: [],
      onHeaders: (status) => {
        answered = status === 200 || status === 206 ? 1 : 0;
        Timer.set(close, 0);
      },
      onReadable: () => {},
      onDone: () => {},
    });
    return answered;
  };
};
