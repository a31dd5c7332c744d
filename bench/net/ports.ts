/** Ports for servers of other programs, which have to be told a number and cannot say which one they got. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

const HOST = '127.0.0.1';
/**
 * Below what a system gives to outgoing connections and to a port of 0 (Linux from 32768, others from 49152), so that
 * none of them takes a port between this probe and its server; and clear of those that fetch refuses.
 */
const FIRST = 20_000;
const PORTS = 12_000;
const TRIES = 100;

const closed = (one: Server | Socket): Promise<void> => new Promise((done) => void one.close(() => done()));

/** Of TCP and of UDP. Rejects where the port is taken. */
const held = async (port: number, all: (Server | Socket)[]): Promise<void> => {
  const server = createServer().listen(port, HOST);
  await once(server, 'listening');
  all.push(server);
  const socket = createSocket('udp4');
  socket.bind(port, HOST);
  try {
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw error;
  }
  all.push(socket);
};

/**
 * So many in a row, free for TCP and UDP: all are held at once before any is let go. `draw` gives 0 up to 1. Between
 * that and the server another process may still take one: who starts a server tries again with others.
 */
export const freePorts = async (count: number, draw: () => number = Math.random): Promise<number[]> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const first = FIRST + Math.floor(draw() * (PORTS - count + 1));
    const ports = Array.from({ length: count }, (_, at) => first + at);
    const all: (Server | Socket)[] = [];
    try {
      for (const port of ports) await held(port, all);
      return ports;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      await Promise.all(all.map(closed));
    }
  }
  throw new Error(`no ${count} free ports in a row between ${FIRST} and ${FIRST + PORTS}`);
};

export const freePort = async (): Promise<number> => (await freePorts(1))[0]!;
