/** Makes signatures.json anew: `node dist/test/vectors/make-signatures.js`. The same bytes every time. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ed25519Rows } from './_ed25519.ts';
import { p256Rows } from './_p256.ts';
import type { SignatureRow } from './_row.ts';

/** The rows; `valid` follows from how a row is made, never from asking a provider. */
export function signatureRows(): SignatureRow[] {
  return [...ed25519Rows(), ...p256Rows()];
}

export const signaturesPath: string = fileURLToPath(
  new URL('../../../test/vectors/signatures.json', import.meta.url),
);

export const signaturesJson = (): string =>
  '[\n' +
  signatureRows()
    .map((row) => JSON.stringify(row))
    .join(',\n') +
  '\n]\n';

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(signaturesPath, signaturesJson());
