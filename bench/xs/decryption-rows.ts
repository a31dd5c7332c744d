/** What decryption in JavaScript takes: instructions, and byte code. */
import { join } from 'node:path';
import { compileScript } from '../../hal/xs-riscv/build/firmware.ts';
import { machineRun } from '../../hal/xs-riscv/build/machine.ts';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import type { Row } from '../row.ts';
import { COUNTED, ENVELOPE, KiB, row } from './figures.ts';
import { ed25519Key } from './keys.ts';
import { FAILED, PATIENCE, rigClose, rigFlash, rigOpen, source } from './machine.ts';

/** The project's own ciphers: a key unwrapped, and a piece of 2,048 bytes opened. */
export const decryptionRows = async (): Promise<Row[]> => {
  const rig = await rigOpen({
    name: 'decryption',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    entry: source('decryption.ts'),
  });
  const { output } = await machineRun(
    { ...rigFlash(rig, COUNTED), ram: COUNTED.ram, counted: true },
    PATIENCE,
    (text) => /unwrapped .*\n/.test(text) || FAILED.test(text),
  );
  rigClose(rig);
  const opened = (algorithm: number): number | undefined => {
    const found = new RegExp(`opened ${algorithm} true (\\d+) (\\d+)\n`).exec(output);
    return found === null ? undefined : Math.round((Number(found[2]) * KiB) / Number(found[1]));
  };
  const unwrapped = /unwrapped true (\d+) (\d+)\n/.exec(output);
  const count = (at: number): number | undefined => (unwrapped === null ? undefined : Number(unwrapped[at]));
  const entry = 'device-decryption.ts';
  const archive = await compileScript(source(entry), join(cache('firmware'), `bench-${entry}.xsb`));
  return [
    row('instructions for a KB', 'ChaCha20-Poly1305 in JavaScript', opened(24), 'instructions'),
    row('instructions for a KB', 'AES-GCM in JavaScript', opened(1), 'instructions'),
    row('instructions to open it', 'decryption in JavaScript', count(2), 'instructions'),
    row('instructions to unwrap a key of 32 bytes', 'decryption in JavaScript', count(1), 'instructions'),
    row('byte code', 'decryption in JavaScript', archive.length, 'bytes'),
  ];
};
