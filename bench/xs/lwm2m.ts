/**
 * What the LwM2M client takes on the emulated board: run in place of the boot decision, and of all else, against a server
 * that is an endpoint of CoAP beside it. Times are of a machine whose clock counts instructions.
 */
import type { Agent } from '../../agent/agent.ts';
import { Phase } from '../../agent/codes.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import type { Endpoint, Peer } from '../../hal/coap/contract.ts';
import { estimateNew, TIMING } from '../../hal/coap/estimate.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writePayload, writeText, writeUint } from '../../hal/coap/writer.ts';
import { LWM2M_OUTGOING, openLwm2m, Registration, State } from '../../hal/lwm2m/index.ts';
import { instructions } from './instructions.ts';

const BLOCK = 1024;
const BLOCKS = 3;

/** Takes all, and has it staged at once: what is measured is the client. */
function agentNew(): Agent {
  const no = (): number => 0;
  return {
    offerBegin: no,
    push: (_, from, to) => to - from,
    poll: no,
    wanted: no,
    uri: no,
    activate: no,
    cancel: no,
    confirm: no,
    reject: no,
    revert: no,
    consent: no,
    forgive: no,
    check: no,
    status: (into) => {
      into.phase = Phase.Staged;
      return 0;
    },
    report: no,
  };
}

interface World {
  device: Endpoint | undefined;
  server: Endpoint | undefined;
  readonly toDevice: Peer;
  readonly toServer: Peer;
  /** Code of the last answer. */
  code: number;
}

/** The server asks, and has its answer when this returns. */
function ask(world: World, method: number, path: readonly string[], block: number): number {
  const payload = new Uint8Array(block < 0 ? 0 : BLOCK);
  payload[0] = 0xd8;
  world.code = 0;
  world.server!.request(
    {
      peer: world.toDevice,
      method: method,
      confirmable: true,
      observe: false,
      token: payload,
      tokenLength: 0,
      write: (w) => {
        for (const part of path) writeText(w, Option.UriPath, part);
        if (block >= 0) {
          writeUint(w, Option.ContentFormat, 42);
          writeUint(w, Option.Block1, block * 16 + (block < BLOCKS - 1 ? 8 : 0) + 6);
        }
        writePayload(w, payload, 0, payload.length);
      },
      answered: (message) => {
        world.code = message.code;
      },
      failed: () => {
        world.code = -1;
      },
    },
    0,
  );
  return world.code;
}

function measure(): void {
  const peer = (): Peer => ({ estimate: estimateNew(TIMING) });
  const world: World = { device: undefined, server: undefined, toDevice: peer(), toServer: peer(), code: 0 };
  let from = instructions();
  const client = openLwm2m({
    endpoint: 'lamp',
    factory: [{ uri: 'coap://server' }],
    device: { manufacturer: 'Example', firmwareVersion: () => '1', reboot: () => 0 },
    firmware: { agent: agentNew(), restart: () => boardLog('restart') },
    connect: () => world.toServer,
    random: () => 0.5,
  });
  world.device = openEndpoint({
    transmit: (_, bytes, length) => world.server!.receive(world.toDevice, bytes, 0, length, 0),
    random: () => 0.5,
    outgoing: LWM2M_OUTGOING,
    serve: (incoming, reply) => client.serve(incoming, reply),
  });
  const opened = instructions() - from;
  world.server = openEndpoint({
    transmit: (_, bytes, length) => world.device!.receive(world.toServer, bytes, 0, length, 0),
    random: () => 0.25,
    outgoing: [1152],
    serve: (_, reply) => {
      reply.code = Code.Created;
      writeText(reply.writer, Option.LocationPath, 'rd');
    },
  });
  client.start(world.device, 0);
  from = instructions();
  client.tick(0);
  const registered = instructions() - from;
  from = instructions();
  const read = ask(world, Code.Get, ['5', '0'], -1);
  const reading = instructions() - from;
  from = instructions();
  for (let block = 0; block < BLOCKS; block += 1) ask(world, Code.Put, ['5', '0', '0'], block);
  const pushing = Math.floor((instructions() - from) / BLOCKS);
  const well =
    client.state() === Registration.Registered &&
    read === Code.Content &&
    world.code === Code.Changed &&
    client.firmware.machine.state === State.Downloaded;
  boardLog(`managed ${well} ${opened} ${registered} ${reading} ${pushing}`);
}

/** The machine of the image is not come to. */
function idle(): void {
  for (;;) boardFeed(0);
}

(globalThis as unknown as { decide: () => void }).decide = measure;
(globalThis as unknown as { main: () => void }).main = idle;
