/** The gateway's CoAP side before a desk that takes everything, and devices that it comes to know. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { NUMBERS_EACH } from '../../gateway/config/oscore.ts';
import type { Claims, Desk } from '../../gateway/contract.ts';
import { openCoapDown } from '../../gateway/downstream/coap.ts';
import { DeviceContexts } from '../../gateway/downstream/oscore.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import type { CoapServer } from '../../hal/node/coap-server.ts';
import { openLedgerFile } from '../../hal/node/identity/index.ts';
import { IDLE } from '../check-in/_orders.ts';
import { optionOf, wireTo } from './_oscore.ts';
import type { Enrolled, HandMade, Wire } from './_oscore.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-oscore-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
let files = 0;
export const numbersFile = (): string => join(work, `${files++}.numbers`);

export interface Seen {
  readonly id: string;
  readonly claims: Claims;
}

export interface Rig {
  readonly server: CoapServer;
  readonly contexts: DeviceContexts;
  readonly seen: Seen[];
  wire(): Wire;
}

export interface RigOptions {
  readonly numbers?: string | (() => number);
  readonly open?: boolean;
}

/** A gateway that knows these devices; `x` is known, too, and has no context. */
export const rigOf = async (
  t: ExecutionContext,
  devices: readonly Enrolled[],
  { numbers = numbersFile(), open = false }: RigOptions = {},
): Promise<Rig> => {
  const seen: Seen[] = [];
  const known = [...devices.map(({ device }) => device), 'x'];
  const desk: Desk = {
    checkIn: (id, _report, claims) => {
      if (!known.includes(id)) return undefined;
      seen.push({ id, claims });
      return IDLE;
    },
    orders: () => IDLE,
    file: () => undefined,
    read: () => 0,
    device: () => undefined,
    release: () => undefined,
    feedback: () => false,
    ended: () => undefined,
  };
  const contexts = new DeviceContexts({
    contexts: devices.map(({ device, gatewayKey }) => ({ device, key: gatewayKey })),
    numbers: typeof numbers === 'string' ? openLedgerFile(numbers) : { next: numbers },
    each: NUMBERS_EACH,
    open,
  });
  const server = await openCoapDown({
    desk,
    contexts,
    saved: () => Promise.resolve(),
    port: 0,
    insecureCoap: open,
    warn: () => undefined,
  });
  t.teardown(() => server.close());
  return {
    server,
    contexts,
    seen,
    wire() {
      const wire = wireTo(server.port);
      t.teardown(() => wire.socket.close());
      return wire;
    },
  };
};

/** Asks once, gets the challenge, and has the value that it brings. */
export const challenged = async (t: ExecutionContext, wire: Wire, device: HandMade): Promise<Uint8Array> => {
  const answer = device.opened(await wire.ask(device.sealed({ path: 'time', method: Code.Get })));
  t.is(answer?.code, Code.Unauthorized);
  return optionOf(answer!, Option.Echo)!;
};

/** Has shown that it is fresh, so that the window is there. */
export const known = async (t: ExecutionContext, wire: Wire, device: HandMade): Promise<void> => {
  const echo = await challenged(t, wire, device);
  const answer = device.opened(await wire.ask(device.sealed({ path: 'time', method: Code.Get, echo })));
  t.is(answer?.code, Code.Content);
};
