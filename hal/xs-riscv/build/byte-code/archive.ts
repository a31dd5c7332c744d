/** An archive of byte code: engine/archive.h. */
import { crc32 } from 'node:zlib';

export interface Archive {
  /** crc of the archive that it is linked behind, or 0. */
  readonly after: number;
  /** Number of the first of its names. */
  readonly keys: number;
  readonly names: readonly string[];
  readonly code: Uint8Array;
  /** Of a firmware: crc of what makes its realm, or 0. */
  readonly load: number;
}

const MAGIC = 'FXBC';
const HEAD = 28;
const LOAD_AT = 20;
const CRC_AT = 24;

export const archiveRead = (bytes: Uint8Array): Archive => {
  const all = Buffer.from(bytes);
  const names = HEAD + all.readUInt32LE(12);
  return {
    after: all.readUInt32LE(4),
    keys: all.readUInt16LE(8),
    names: all.toString('utf8', HEAD, names).split('\0').slice(0, -1),
    code: all.subarray(names, names + all.readUInt32LE(16)),
    load: all.readUInt32LE(LOAD_AT),
  };
};

export const archiveWrite = ({ after, keys, names, code, load }: Archive): Uint8Array => {
  const text = Buffer.from(names.map((name) => `${name}\0`).join(''), 'utf8');
  const head = Buffer.alloc(HEAD);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(after, 4);
  head.writeUInt16LE(keys, 8);
  head.writeUInt16LE(names.length, 10);
  head.writeUInt32LE(text.length, 12);
  head.writeUInt32LE(code.length, 16);
  head.writeUInt32LE(load, LOAD_AT);
  // Over all but itself.
  const covered = Buffer.concat([head.subarray(0, CRC_AT), text, code]);
  head.writeUInt32LE(crc32(covered), CRC_AT);
  return Buffer.concat([head, text, code]);
};
