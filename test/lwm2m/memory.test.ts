import test from 'ava';
import { sizeOf } from '../_size.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { LWM2M_OUTGOING, openLwm2m } from '../../hal/lwm2m/index.ts';
import { liveOf } from '../../bootloader-sim/index.ts';
import { factory } from '../bootloader-sim/_real.ts';
import { image } from './_world.ts';

/** Bytes of typed arrays that are made while it runs. */
const allocated = (run: () => void): number => {
  const Plain = globalThis.Uint8Array;
  let bytes = 0;
  globalThis.Uint8Array = new Proxy(Plain, {
    construct(target, given, by) {
      const made = Reflect.construct(target, given, by) as Uint8Array;
      if (typeof given[0] === 'number') bytes += made.byteLength;
      return made;
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = Plain;
  }
  return bytes;
};

test.serial('the client keeps 7 KB in typed arrays at most, and its endpoint 5 KB', (t) => {
  const { agent } = liveOf(factory(image(1)));
  const serve = (): void => undefined;
  const client = allocated(() => {
    openLwm2m({
      endpoint: 'lamp',
      factory: [{ uri: 'coap://server' }],
      device: { firmwareVersion: () => '1', reboot: () => 0 },
      firmware: { agent: agent!, restart: () => undefined },
      connect: () => undefined,
      random: () => 0,
    });
  });
  const endpoint = allocated(() => {
    openEndpoint({ transmit: serve, random: () => 0, outgoing: LWM2M_OUTGOING, serve });
  });
  t.log(`client ${client}, endpoint ${endpoint}`);
  t.true(client > 4096 && client < 7 * 1024, `${client}`);
  t.true(endpoint > 2048 && endpoint < 5 * 1024, `${endpoint}`);
});

test('its code, with the parts of CoAP that it needs, is less than 76 KB, and 26 KB in gzip', async (t) => {
  const { minified, gzip } = await sizeOf('dist/hal/lwm2m/index.js');
  t.log(`${minified}, gzip ${gzip}`);
  t.true(minified < 76 * 1024);
  t.true(gzip < 26 * 1024);
});
