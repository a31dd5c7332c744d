/** Writes test/vectors/patch-*.json: `node dist/test/vectors/make-patches.js`. */
import { writeFileSync } from 'node:fs';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import type { PatchPayload } from '../../publisher/patch/payload.ts';
import { noise, patchInUnits } from '../patch/_patches.ts';
import type { Images } from '../patch/_patches.ts';
import { riscvPair } from '../patch/_riscv.ts';
import { hex } from './_row.ts';

/** One file, bytes in hex. */
export interface PatchVector {
  readonly name: string;
  readonly old: string;
  readonly patch: string;
  /** Bytes of the first piece, and its digest, which the manifest binds. */
  readonly first: number;
  readonly root: string;
  readonly new: string;
}

const text = (version: number): Uint8Array =>
  new TextEncoder().encode(`device.log('lamp, version ${version}'); device.every(() => blink(${version}00));`);

const shifted = (): Images => {
  const old = noise(300, 1);
  const fresh = Uint8Array.from([...old.subarray(40, 160), 1, 2, 3, ...old.subarray(160)]);
  for (let at = 0; at < fresh.length; at += 50) fresh[at]! += 4;
  return [old, fresh];
};

/** 20 functions, of which one is longer. */
const riscv = (): Images => riscvPair(20, 2, 2);

const long = (): Images => {
  const old = Uint8Array.from({ length: 4200 }, (_, at) => at >> 6);
  return [old, Uint8Array.from([...noise(60, 2), ...old, ...noise(60, 3)])];
};

const vector = (name: string, [old, fresh]: Images, made: PatchPayload): PatchVector => ({
  name,
  old: hex(old),
  patch: hex(made.payload),
  first: made.first,
  root: hex(made.root),
  new: hex(fresh),
});

const mode = (name: string) => ({ modes: PatchModes.filter((one) => one.name === name) });

export const patchVectors = (): PatchVector[] => [
  vector('dictionary', [text(1), text(2)], patchEncode(text(1), text(2), mode('dictionary'))),
  vector('plain', [text(1), noise(200, 4)], patchEncode(text(1), noise(200, 4), mode('dictionary, plain literals'))),
  vector('residual', shifted(), patchEncode(...shifted(), mode('residual'))),
  vector('riscv', riscv(), patchEncode(...riscv(), mode('RISC-V references'))),
  vector('units', long(), patchInUnits(long(), 40)),
];

export const patchPath = (name: string): string => `test/vectors/patch-${name}.json`;

export const patchJson = (one: PatchVector): string => `${JSON.stringify(one, null, 2)}\n`;

if (process.argv[1] === import.meta.filename)
  for (const one of patchVectors()) writeFileSync(patchPath(one.name), patchJson(one));
