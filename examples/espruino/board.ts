/**
 * The wiring of a board: Espruino's Linux target, whose flash is a file. For another board change the numbers, and what
 * `resetCause` reads.
 */
import type { Config } from '../../agent/config.ts';
import { hssLms } from '../../agent/format/lms.ts';
import { bytesOf } from '../../hal/espruino/bytes.ts';
import { espruinoCrypto } from '../../hal/espruino/crypto.ts';
import { espruinoEnvironment } from '../../hal/espruino/environment.ts';
import { espruinoFlash } from '../../hal/espruino/flash.ts';
import { espruinoInflate } from '../../hal/espruino/inflate.ts';
import type { Network } from '../../hal/espruino/loader.ts';
import type {
  NativeCrypto,
  NativeE,
  NativeFlash,
  NativeHttp,
  NativeUrl,
} from '../../hal/espruino/natives.ts';
import { windowInflate } from '../../hal/inflate.ts';
import type { BootPorts, FlashPort, Inflate } from '../../hal/ports.ts';
import { ANCHORS, CLASS, VENDOR } from './anchors.ts';

declare const E: NativeE;
declare function require(name: 'Flash'): NativeFlash;
declare function require(name: 'crypto'): NativeCrypto;
declare function require(name: 'fs'): { readFileSync(name: string): string | undefined };
declare function require(name: 'http'): NativeHttp;
declare const url: { parse(url: string): NativeUrl };
declare function setTimeout(step: () => void, milliseconds: number): unknown;
declare function getTime(): number;

// Flash begins here; before the slots is Espruino's Storage, with the agent in it.
const FLASH = 0x10000000;
const SLOTS = FLASH + 0x24000;
const SLOT_SIZE = 0x9000;
const JOURNAL = SLOTS + 2 * SLOT_SIZE;
const JOURNAL_SIZE = 0x2000;
const UNIT = 4;
/** Whether flash can be read as memory. The Linux target's cannot; most microcontrollers' own flash can. */
const MAPPED = false;
/** An envelope with a signature of HSS/LMS is some 1,700 bytes. Takes 158 variables less than the default. */
const ENVELOPE_MAX = 2048;

export function config(): Config {
  const anchor = ANCHORS[0]!;
  return {
    vendor: bytesOf(VENDOR),
    classId: bytesOf(CLASS),
    anchors: [{ keyId: bytesOf(anchor.keyId), algorithm: anchor.algorithm, key: bytesOf(anchor.key) }],
    envelopeMax: ENVELOPE_MAX,
    framedOnly: true,
    hssLms: hssLms,
  };
}

/** A computer has no register that tells. Whoever starts it again leaves the cause in a file. */
function resetCause(): number {
  return parseInt(require('fs').readFileSync('cause') ?? '0', 10);
}

export function ports(running: () => number): BootPorts {
  const flash = require('Flash');
  const last = { address: 0, length: 0 };
  const region = (address: number, size: number): FlashPort =>
    espruinoFlash({ flash: flash, E: E, address: address, size: size, unit: UNIT, last: last });
  return {
    slots: [region(SLOTS, SLOT_SIZE), region(SLOTS + SLOT_SIZE, SLOT_SIZE)],
    journal: region(JOURNAL, JOURNAL_SIZE),
    crypto: espruinoCrypto({ crypto: require('crypto'), flash: flash, E: E, mapped: MAPPED, last: last }),
    environment: espruinoEnvironment({ E: E, resetCause: resetCause, running: running, getTime: getTime }),
  };
}

export function inflate(): Inflate {
  return espruinoInflate(() => windowInflate());
}

/** Where flash is not mapped the image that runs is a copy in RAM. */
export function image(slot: number, size: number): string {
  const address = SLOTS + slot * SLOT_SIZE;
  if (MAPPED) return E.memoryArea(address, size);
  const bytes = require('Flash').read(size, address);
  if (!bytes) throw new Error('no memory for the image');
  return E.toString(bytes);
}

export function network(): Network {
  return { http: require('http'), parse: url.parse, later: setTimeout };
}
