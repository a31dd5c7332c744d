/** What OSCORE takes with the own cipher: instructions, and byte code. */
import { join } from 'node:path';
import { compileScript } from '../../hal/xs-riscv/build/firmware.ts';
import { machineRun } from '../../hal/xs-riscv/build/machine.ts';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import type { Row } from '../row.ts';
import { COUNTED, ENVELOPE, row } from './figures.ts';
import { ed25519Key } from './keys.ts';
import { FAILED, PATIENCE, rigClose, rigFlash, rigOpen, source } from './machine.ts';

export const oscoreRows = async (): Promise<Row[]> => {
  const rig = await rigOpen({
    name: 'oscore',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    entry: source('oscore.ts'),
  });
  const { output } = await machineRun(
    { ...rigFlash(rig, COUNTED), ram: COUNTED.ram, counted: true },
    PATIENCE,
    (text) => /protected .*\n/.test(text) || FAILED.test(text),
  );
  rigClose(rig);
  const found = /protected true (\d+) (\d+) (\d+)\n/.exec(output);
  const count = (at: number): number | undefined => (found === null ? undefined : Number(found[at]));
  const entry = 'device-oscore.ts';
  const archive = await compileScript(source(entry), join(cache('firmware'), `bench-${entry}.xsb`));
  return [
    row('instructions to derive a context', 'OSCORE in JavaScript', count(1), 'instructions'),
    row('instructions to protect a request for a block', 'OSCORE in JavaScript', count(2), 'instructions'),
    row('instructions to unprotect a block of 1024 bytes', 'OSCORE in JavaScript', count(3), 'instructions'),
    row('byte code, with what it uses of CoAP', 'OSCORE in JavaScript', archive.length, 'bytes'),
  ];
};
