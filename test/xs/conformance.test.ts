/** The board's ports keep their promises: what hal/ asks of every crypto, inflate and flash port, run as images. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { SignatureCase } from '../../hal/crypto-conformance.ts';
import { ALGORITHM_ED25519 } from '../../hal/strict.ts';
import { BOARD_SOURCES } from '../../hal/xs-riscv/build/places.ts';
import { application, boardNew, boardRun } from './_board.ts';

const vectors = readFileSync('test/vectors/signatures.json', 'utf8');
const signatures = (JSON.parse(vectors) as SignatureCase[]).filter(
  ({ algorithm }) => algorithm === ALGORITHM_ED25519,
);

const from = (path: string): string => JSON.stringify(join(BOARD_SOURCES, path));

const PORTS = `import { bootPorts, CRYPTO, HASHES, portsOpen } from ${from('firmware/ports.ts')}; const ports = portsOpen(bootPorts());`;

const SUITES: readonly (readonly [string, string])[] = [
  [
    'crypto',
    `import { cryptoConformance } from ${from('../crypto-conformance.ts')};
     // The agent beside it has most of the board's hashes, and is not asked for anything.
     let next = 0;
     const crypto = { sha256: () => HASHES[next++], verify: CRYPTO.verify };
     const faults = cryptoConformance(crypto, ${JSON.stringify(signatures)});`,
  ],
  [
    'inflate',
    `import { inflateConformance } from ${from('../inflate-conformance.ts')};
     const faults = inflateConformance(ports.inflate);`,
  ],
  [
    'flash',
    `import { flashConformance } from ${from('../conformance.ts')};
     const faults = flashConformance(() => bootPorts().slots[1], { writeOnce: true, reopen: true, sectors: 3 })
       .map((violation) => JSON.stringify(violation));`,
  ],
];

const END = 'that is all\n';

/** Sectors of 256 KiB, byte by byte in an interpreter in an emulator: minutes. */
const LONG = ['flash'];

for (const [name, script] of SUITES) {
  const run = LONG.includes(name) && process.env['FULL'] !== '1' ? test.skip : test;
  run(`${name} conforms`, async (t) => {
    const suite = `${PORTS}${script} for (const fault of faults) boardLog('fault: ' + fault); boardLog('that is all');`;
    const image = await application(`conformance-${name}`, suite);
    const megabytes = 1024 * 1024;
    const board = boardNew(image, { ram: 16 * megabytes, arena: 12 * megabytes, watchdog: 0 });
    const { output } = await boardRun(board, (text) => text.endsWith(END), 280_000);
    t.is(output, `boot 0 slot 0 sequence 1\n${END}`);
  });
}
