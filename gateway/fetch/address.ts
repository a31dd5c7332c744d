/**
 * Addresses that a gateway does not go to unless its configuration names the host: those of this machine and of the
 * networks behind it. What a server says, by a URL or a redirect, or a name server, must not make the gateway speak to
 * them in the server's stead. IANA registries of special-purpose addresses (RFC 6890), by prefix.
 */
import { BlockList, isIP } from 'node:net';
import type { AddressGuard } from '../../hal/node/http-address.ts';

/** Network, bits, what it is. */
const CLOSED_V4: readonly (readonly [string, number, string])[] = [
  ['0.0.0.0', 8, 'unspecified, this network'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'carrier-grade NAT'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'protocol assignments'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, '6to4 relays'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarks'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved, broadcast'],
];

/** Of IPv6 only this is public (RFC 4291), and these parts of it are not. */
const GLOBAL_V6 = ['2000::', 3] as const;
const CLOSED_V6: readonly (readonly [string, number, string])[] = [
  ['2001::', 23, 'protocol assignments: Teredo, ORCHID and others'],
  ['2001:db8::', 32, 'documentation'],
  ['3fff::', 20, 'documentation'],
];

/** Prefixes of 16-bit groups before an IPv4 address, and the group that it begins at. */
const EMBEDDED: readonly (readonly [readonly number[], number])[] = [
  // IPv4-mapped; NAT64 (RFC 6052); 6to4 (RFC 3056).
  [[0, 0, 0, 0, 0, 0xffff], 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 6],
  [[0x2002], 1],
];

const closed = new BlockList();
for (const [network, bits] of CLOSED_V4) closed.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of CLOSED_V6) closed.addSubnet(network, bits, 'ipv6');
const global = new BlockList();
global.addSubnet(...GLOBAL_V6, 'ipv6');

/** The eight groups of an IPv6 address, which is one. */
const groupsOf = (address: string): number[] => {
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((one) => parseInt(one, 16));
  if (tail === undefined) return read(head);
  const [front, back] = [read(head), read(tail)];
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
};

/** Whether it is one of the internet at large. */
export const isPublic = (address: string): boolean => {
  const version = isIP(address);
  if (version === 4) return !closed.check(address, 'ipv4');
  // A zone (fe80::1%eth0) belongs to what is link-local.
  if (version !== 6 || address.includes('%')) return false;
  const groups = groupsOf(address);
  for (const [prefix, at] of EMBEDDED) {
    if (!prefix.every((group, number) => groups[number] === group)) continue;
    const [high, low] = [groups[at]!, groups[at + 1]!];
    return isPublic([high >> 8, high & 255, low >> 8, low & 255].join('.'));
  }
  return global.check(address, 'ipv6') && !closed.check(address, 'ipv6');
};

/** `hosts`: names, or addresses, that may be anywhere. */
export const addressGuard = (hosts: readonly string[], resolve?: AddressGuard['resolve']): AddressGuard => {
  const allowed = new Set(hosts.map((host) => host.toLowerCase().replace(/^\[(.*)\]$/, '$1')));
  return {
    admits: (host, address) => allowed.has(host.toLowerCase()) || isPublic(address),
    ...(resolve ? { resolve } : {}),
  };
};
