/** An image of swupdate: a cpio of its description, signed by CMS, and one file. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const BOARD = 'lamp:1.0';
const FILE = 'app.bin';

const run = (folder: string, command: string, args: readonly string[], input?: string): void => {
  const { status, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', input });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
};

/** A certificate in `folder`, `cert.pem`, by which swupdate knows who signs for it. */
export const signerMake = (folder: string): string => {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'];
  const names = ['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=publisher'];
  run(folder, 'openssl', ['req', '-x509', ...kind, ...names]);
  return join(folder, 'cert.pem');
};

/** Installs `content` as the file `target`. */
export const swuMake = (folder: string, content: Uint8Array, target: string): Uint8Array => {
  const at = join(folder, 'swu');
  mkdirSync(at);
  writeFileSync(join(at, FILE), content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = `{ filename = "${FILE}"; path = "${target}"; sha256 = "${sha256}"; }`;
  const description = `software = { version = "2.0"; hardware-compatibility = [ "1.0" ]; files: ( ${file} ); };\n`;
  writeFileSync(join(at, 'sw-description'), description);
  const signed = ['-in', 'sw-description', '-out', 'sw-description.sig', '-outform', 'DER'];
  const signer = ['-signer', '../cert.pem', '-inkey', '../key.pem', '-nosmimecap', '-binary'];
  run(at, 'openssl', ['cms', '-sign', ...signed, ...signer]);
  const order = ['sw-description', 'sw-description.sig', FILE].join('\n');
  run(at, 'cpio', ['-o', '-H', 'crc', '-F', '../app.swu'], `${order}\n`);
  return new Uint8Array(readFileSync(join(folder, 'app.swu')));
};
