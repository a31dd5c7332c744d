/** Runs on the engine: the suites of hal/ against the adapters, over the SDK's own modules. What is wrong is logged. */
import * as board from 'board';
import flash from 'embedded:storage/flash';
import { cryptoConformance, type SignatureCase } from '../../../hal/crypto-conformance.ts';
import { flashConformance } from '../../../hal/conformance.ts';
import { inflateConformance } from '../../../hal/inflate-conformance.ts';
import { moddableFlash } from '../../../hal/moddable/index.ts';
import { portsOpen } from '../../../examples/moddable/ports.ts';
import rows from 'signatures' with { type: 'json' };

const REOPEN = { reopen: true };

const flashFaults = (path: string): string[] =>
  flashConformance(() => moddableFlash(flash.open({ path })), REOPEN).map((one) => JSON.stringify(one));

/** A partition as the SDK gives it, without adapter: what it is that the adapter has to make good. */
const bareFaults = (): string[] =>
  flashConformance(() => ({ partition: flash.open({ path: 'slot_a' }) }), REOPEN).map((one) => one.rule);

/** The adapter offers P-256 alone: under it, Ed25519 is an algorithm like any unknown one. */
const offered = (rows as readonly SignatureCase[]).map((row) =>
  row.algorithm === -19 ? { ...row, valid: false } : row,
);

const SUITES: readonly (readonly [string, () => readonly string[]])[] = [
  ['flash, slot_a', () => flashFaults('slot_a')],
  ['flash, journal', () => flashFaults('journal')],
  ['flash, bare', bareFaults],
  ['crypto', () => cryptoConformance(portsOpen(0).crypto, offered)],
  ['inflate', () => inflateConformance(portsOpen(0).inflate)],
];

export default function (): void {
  for (const [name, run] of SUITES) {
    try {
      const faults = run();
      board.log(`${name}: ${faults.length} faults`);
      for (const fault of faults) board.log(`  ${fault}`);
    } catch (error) {
      board.log(`${name}: threw ${String(error)}`);
    }
  }
  board.log('end');
  board.restart();
}
