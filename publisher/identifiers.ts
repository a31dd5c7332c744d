import { createHash } from 'node:crypto';
import { hexOf } from './bytes.ts';
import { Exit, PublishError } from './errors.ts';

/** The DNS name space of RFC 9562 appendix A. */
const DnsNamespace = Uint8Array.from(Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex'));

/** A name-based UUID (RFC 9562 section 5.5). */
export const uuid5 = (namespace: Uint8Array, name: string): Uint8Array => {
  const digest = createHash('sha1').update(namespace).update(name, 'utf8').digest();
  const uuid = new Uint8Array(digest.subarray(0, 16));
  uuid[6] = ((uuid[6] as number) & 0x0f) | 0x50;
  uuid[8] = ((uuid[8] as number) & 0x3f) | 0x80;
  return uuid;
};

/** The bytes of a UUID written as 32 hex digits, with or without hyphens; undefined when `text` is none. */
export const uuidParse = (text: string): Uint8Array | undefined => {
  const digits = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
    ? text.replaceAll('-', '')
    : text;
  return /^[0-9a-f]{32}$/i.test(digits) ? Uint8Array.from(Buffer.from(digits, 'hex')) : undefined;
};

export const uuidText = (uuid: Uint8Array): string =>
  hexOf(uuid).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const named = (value: string | Uint8Array, field: string, remedy: string): string | Uint8Array => {
  if (typeof value !== 'string') {
    if (value.length === 16) return value;
    throw new PublishError(`${value.length} bytes instead of 16`, { field, remedy, exit: Exit.Usage });
  }
  const uuid = uuidParse(value);
  if (uuid) return uuid;
  // A damaged UUID must not turn silently into a name, and so into another identity.
  if (value.trim() === '' || /^[0-9a-f-]{30,40}$/i.test(value)) {
    throw new PublishError(`"${value}" is neither a UUID nor a name`, { field, remedy, exit: Exit.Usage });
  }
  return value;
};

/** A vendor: a UUID, or a domain name that stands for UUID5(DNS, domain). */
export const vendorIdentifier = (vendor: string | Uint8Array): Uint8Array => {
  const value = named(vendor, 'vendor', 'Give a UUID, or the domain name of the vendor such as example.com');
  return typeof value === 'string' ? uuid5(DnsNamespace, value) : value;
};

/** A class: a UUID, or a model name that stands for UUID5(vendor, model). */
export const classIdentifier = (vendor: Uint8Array, classId: string | Uint8Array): Uint8Array => {
  const value = named(classId, 'class', 'Give a UUID, or the name of the model');
  return typeof value === 'string' ? uuid5(vendor, value) : value;
};

/** A device: a UUID only; there is no rule that makes one from a name. */
export const deviceIdentifier = (device: string | Uint8Array): Uint8Array => {
  const value = typeof device === 'string' ? uuidParse(device) : device;
  if (value?.length === 16) return value;
  throw new PublishError('not a UUID', { field: 'device', remedy: 'Give 32 hex digits', exit: Exit.Usage });
};
