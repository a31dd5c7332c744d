/** What the LwM2M client takes: instructions, its server's included, and byte code. */
import { join } from 'node:path';
import { compileScript } from '../../hal/xs-riscv/build/firmware.ts';
import { machineRun } from '../../hal/xs-riscv/build/machine.ts';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import type { Row } from '../row.ts';
import { COUNTED, ENVELOPE, row } from './figures.ts';
import { ed25519Key } from './keys.ts';
import { FAILED, PATIENCE, rigClose, rigFlash, rigOpen, source } from './machine.ts';

export const lwm2mRows = async (): Promise<Row[]> => {
  const rig = await rigOpen({
    name: 'lwm2m',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    entry: source('lwm2m.ts'),
  });
  const { output } = await machineRun(
    { ...rigFlash(rig, COUNTED), ram: COUNTED.ram, counted: true },
    PATIENCE,
    (text) => /managed .*\n/.test(text) || FAILED.test(text),
  );
  rigClose(rig);
  const found = /managed true (\d+) (\d+) (\d+) (\d+)\n/.exec(output);
  const count = (at: number): number | undefined => (found === null ? undefined : Number(found[at]));
  const entry = 'device-lwm2m.ts';
  const archive = await compileScript(source(entry), join(cache('firmware'), `bench-${entry}.xsb`));
  return [
    row('instructions to open client and endpoint', 'LwM2M', count(1), 'instructions'),
    row('instructions to register', 'LwM2M', count(2), 'instructions'),
    row('instructions to answer a read of 5/0 in TLV', 'LwM2M', count(3), 'instructions'),
    row('instructions to take a block of 1024 bytes, the agent apart', 'LwM2M', count(4), 'instructions'),
    row('byte code, with CoAP', 'LwM2M', archive.length, 'bytes'),
  ];
};
