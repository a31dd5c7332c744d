/**
 * The sources of the XS engine. They are inside an npm package, and are fetched when they are needed: the files carry
 * another licence than ours, and installing the package would compile a program that nobody here runs.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './places.ts';

const PACKAGE = '@agoric/xsnap';
/** With XS 13.3.0. */
const VERSION = '0.15.0';
/** SHA-512 of the tarball. */
const DIGEST =
  '6419b80d9c5bb5f69cc4c1d555d263662d18f333b137beefa6ed56c08e5159f3e4691874687933fdd55d4c62976a50cdcd67f3d7cde59632b1971977fe1d27f8';
const TARBALL = `agoric-xsnap-${VERSION}.tgz`;

const check = (tarball: string): void => {
  const digest = createHash('sha512').update(readFileSync(tarball)).digest('hex');
  if (digest === DIGEST) return;
  rmSync(tarball);
  throw new Error(`${PACKAGE}@${VERSION}: SHA-512 ${digest} is not the one on record, ${DIGEST}: not used`);
};

/** The folder `moddable/xs` of the package: `sources`, `includes`, `platforms`. Fetched once. */
export const engineSources = (): string => {
  const place = cache('source');
  const unpacked = join(place, VERSION);
  if (!existsSync(unpacked)) {
    const tarball = join(place, TARBALL);
    if (!existsSync(tarball))
      execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], {
        cwd: place,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    check(tarball);
    execFileSync('tar', ['xzf', tarball, '-C', place]);
    // Last: a folder by that name is a whole one.
    renameSync(join(place, 'package'), unpacked);
  }
  return join(unpacked, 'moddable', 'xs');
};
