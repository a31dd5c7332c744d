/** A simulated board that an LwM2M server manages, over real sockets and in real time. */
import { join } from 'node:path';
import { lwm2mBoard } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { Registration, State } from '../../hal/lwm2m/index.ts';
import type { FactoryServer } from '../../hal/lwm2m/index.ts';
import { fetchOver, keepFile, openWays } from '../../hal/node/lwm2m.ts';
import { monotonic, secureRandom } from '../../hal/node/udp.ts';
import { codeText } from '../explain.ts';
import { simClock } from './clock.ts';

export interface SimLwm2mOptions {
  /** In which the board is kept; what a server wrote lies beside it. */
  readonly folder: string;
  readonly endpoint: string;
  readonly factory: readonly FactoryServer[];
  readonly queue?: boolean | undefined;
  readonly onLine: (line: string) => void;
}

const nameOf = (table: Readonly<Record<string, number>>, number: number): string =>
  Object.keys(table).find((name) => table[name] === number) ?? String(number);

/** Runs until it is closed. */
export const simLwm2m = (board: Board, options: SimLwm2mOptions): { close(): void } => {
  const { folder, endpoint, factory, queue = false, onLine } = options;
  const ways = openWays((peer, bytes, from, to) => {
    managed.receive(peer, bytes.subarray(from, to), monotonic());
    clock.poke();
  });
  const managed = lwm2mBoard(board, {
    endpoint,
    factory,
    queue,
    connect: (uri, security) => ways.connect(uri, security),
    transmit: (peer, bytes, length) => ways.transmit(peer, bytes, length),
    random: secureRandom(),
    keep: keepFile(join(folder, 'lwm2m-firmware')),
    accounts: keepFile(join(folder, 'lwm2m-accounts')),
    sleep: (until) => onLine(`sleeps for ${Math.round((until - monotonic()) / 1000)} s`),
    onState: (state, code) =>
      onLine(`${nameOf(Registration, state)}${code < 0 ? `, after ${codeText(code)}` : ''}`),
    fetch: (agent, alive, done) =>
      fetchOver(
        agent,
        (code) => {
          done(code, monotonic());
          clock.poke();
        },
        { alive },
      ),
  });
  let told = '';
  const firmware = (): void => {
    const machine = managed.client?.firmware.machine;
    if (machine === undefined) return;
    const line = `firmware: ${nameOf(State, machine.state)}, result ${machine.result}`;
    if (line !== told) onLine(line);
    told = line;
  };
  const clock = simClock(managed, firmware);
  return {
    close() {
      clock.stop();
      ways.close();
    },
  };
};
