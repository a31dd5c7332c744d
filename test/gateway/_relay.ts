/** A line between a device and the gateway that loses what one says. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface Relay {
  readonly port: number;
  /** Datagrams lost so far. */
  lost(): number;
  close(): void;
}

/** For one client at a time. `loses` is asked of each datagram of the server. */
export const relayLosing = async (
  server: number,
  loses: (datagram: { readonly bytes: Buffer; readonly lost: number }) => boolean,
): Promise<Relay> => {
  const near = createSocket('udp4').bind(0, '127.0.0.1');
  const far = createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(near, 'listening'), once(far, 'listening')]);
  let client = 0;
  let lost = 0;
  near.on('message', (bytes, { port }) => {
    client = port;
    far.send(bytes, server, '127.0.0.1');
  });
  far.on('message', (bytes) => {
    if (loses({ bytes, lost })) lost++;
    else near.send(bytes, client, '127.0.0.1');
  });
  return {
    port: near.address().port,
    lost: () => lost,
    close() {
      near.close();
      far.close();
    },
  };
};
