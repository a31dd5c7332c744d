/** The wiring: the agent's ports over the modules of the SDK. */
import flash from 'embedded:storage/flash';
import { Digest } from 'crypt';
import Curve from 'curve';
import Point from 'ecp';
import Mont from 'mont';
import Time from 'time';
import * as board from 'board';
import type { Environment, Ports } from 'flipside/hal';
import {
  moddableClock,
  moddableCrypto,
  moddableFlash,
  moddableP256,
  windowInflate,
} from 'flipside/hal/moddable/index';

const WATCHDOG = 4;

/** XS's own: the number that the bytes make, the highest first. */
const number = (bytes: ArrayBuffer): bigint =>
  (BigInt as unknown as { fromArrayBuffer(bytes: ArrayBuffer): bigint }).fromArrayBuffer(bytes);

export function portsOpen(running: number): Ports {
  const curve = new Curve('secp256r1');
  const p256 = moddableP256({ Digest, curve, order: new Mont({ m: curve.n }), Point, number });
  const open = (path: string) => moddableFlash(flash.open({ path }));
  const environment: Environment = {
    reset: () => board.restart(),
    resetCause: () => board.resetCause(),
    running: () => running,
    clock: moddableClock(Time),
    watchdog: { feed: () => board.feed(WATCHDOG) },
  };
  return {
    slots: [open('slot_a'), open('slot_b')],
    journal: open('journal'),
    crypto: moddableCrypto(Digest, p256),
    inflate: windowInflate(),
    environment,
  };
}
