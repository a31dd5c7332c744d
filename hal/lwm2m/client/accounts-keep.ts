/**
 * The accounts as they are kept over a reset: objects 0 and 1 in TLV, keys among them. The port they are given to keeps
 * them from others.
 *
 *   | magic "LA" 2 | version 1 | length 2 | TLV of object 0 | length 2 | TLV of object 1 | crc 4 |
 */
import { bytesCopy, crc32, readU16, readU32, writeU16, writeU32 } from '../../../agent/bytes.ts';
import { askedNew, Operation } from '../answer/asked.ts';
import { readPath } from '../answer/read.ts';
import { writePath } from '../answer/write.ts';
import { Code } from '../../coap/numbers.ts';
import { ContentFormat } from '../format/content-format.ts';
import {
  accountsConsistent,
  accountsCopy,
  SECURITIES_MAX,
  securityReset,
  serverReset,
  SERVERS_MAX,
} from '../model/accounts.ts';
import { SERVER } from '../objects/server.ts';
import { instancesSync } from './instances.ts';
import type { Client } from './state.ts';

const MAGIC = [0x4c, 0x41, 1];
const LENGTH = 2;
const CRC = 4;

/** Most bytes of the record, of two objects that each fit an answer. */
const recordMax = (client: Client): number =>
  MAGIC.length + CRC + 2 * (LENGTH + client.reading.writer.out.bytes.length);

/** Keeps them; what cannot be kept is not there after a reset. */
export function accountsSave(client: Client): void {
  const port = client.options.accounts;
  if (port === undefined) return;
  const record = new Uint8Array(recordMax(client));
  for (let i = 0; i < MAGIC.length; i += 1) record[i] = MAGIC[i]!;
  let at = MAGIC.length;
  const reading = client.reading;
  const out = reading.writer.out;
  const asked = askedNew();
  asked.path.length = 1;
  for (let object = 0; object <= SERVER; object += 1) {
    asked.path.ids[0] = object;
    reading.all = true;
    const code = readPath(reading, asked.path, ContentFormat.Tlv);
    reading.all = false;
    if (code !== Code.Content) return;
    writeU16(record, at, out.length);
    bytesCopy(out.bytes, 0, record, at + LENGTH, out.length);
    at += LENGTH + out.length;
  }
  writeU32(record, at, crc32(record, 0, at));
  try {
    port.save(record.subarray(0, at + CRC));
  } catch (_) {
    // A reset goes back to the accounts of before, and the bootstrap server is asked again.
    return;
  }
}

/** Puts them in place of the factory's. False: there are none, or none that a client can live with. */
export function accountsLoad(client: Client): boolean {
  const port = client.options.accounts;
  if (port === undefined) return false;
  const record = new Uint8Array(recordMax(client));
  const length = port.load(record);
  if (!(length > MAGIC.length + CRC && length <= record.length)) return false;
  for (let i = 0; i < MAGIC.length; i += 1) if (record[i] !== MAGIC[i]) return false;
  const end = length - CRC;
  if (readU32(record, end) !== crc32(record, 0, end)) return false;
  accountsCopy(client.accounts, client.backup);
  for (let i = 0; i < SECURITIES_MAX; i += 1) securityReset(client.accounts.securities[i]!, -1);
  for (let i = 0; i < SERVERS_MAX; i += 1) serverReset(client.accounts.servers[i]!, -1);
  instancesSync(client);
  const read = recordRead(client, record, end) && accountsConsistent(client.accounts);
  if (!read) accountsCopy(client.backup, client.accounts);
  instancesSync(client);
  return read;
}

function recordRead(client: Client, record: Uint8Array, end: number): boolean {
  const asked = askedNew();
  asked.operation = Operation.Write;
  asked.format = ContentFormat.Tlv;
  asked.path.length = 1;
  let at = MAGIC.length;
  client.writing.bootstrap = true;
  let well = true;
  for (let object = 0; well && object <= SERVER; object += 1) {
    const length = at + LENGTH <= end ? readU16(record, at) : end;
    at += LENGTH;
    asked.path.ids[0] = object;
    well = at + length <= end && writePath(client.writing, asked, record, at, at + length) === Code.Changed;
    at += length;
  }
  client.writing.bootstrap = false;
  return well && at === end;
}
