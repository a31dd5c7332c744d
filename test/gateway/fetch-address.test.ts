/** Where a gateway does not go, however it is told to: by a URL, a redirect, or a name server that changes its mind. */
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { addressGuard, isPublic } from '../../gateway/fetch/address.ts';
import { ReleaseError } from '../../gateway/fetch/error.ts';
import { Fetcher } from '../../gateway/fetch/fetcher.ts';
import { originsOf } from '../../gateway/fetch/origins.ts';
import { openStore } from '../../gateway/store/store.ts';
import { answer, file, listen } from '../http/_server.ts';
import { bytesOf, folderOf, sha256 } from './_store.ts';

// prettier-ignore
const CLOSED = [
  '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1',
  '127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.168.1.1',
  '198.18.0.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255',
  '::', '::1', 'fe80::1', 'fe80::1%lo', 'febf::1', 'fec0::1', 'fc00::1', 'fd12:3456::1', 'ff02::1',
  '2001:db8::1', '2001::1', '100::1', '64:ff9b:1::1', '::7f00:1', '::ffff:0:7f00:1', '4000::1',
];
// prettier-ignore
const OPEN = [
  '1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '128.0.0.1', '172.15.0.1',
  '172.32.0.1', '192.167.1.1', '192.169.0.1', '223.255.255.255', '2606:4700::1', '2a00:1450::200e',
];

for (const address of CLOSED) test(`closed: ${address}`, (t) => t.false(isPublic(address)));
for (const address of OPEN) test(`open: ${address}`, (t) => t.true(isPublic(address)));

const hex = (address: string): [string, string] => {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
  return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
};

test('an IPv4 address in an IPv6 address is judged as itself', (t) => {
  const octet = fc.integer({ min: 0, max: 255 });
  const all = fc.tuple(octet, octet, octet, octet).map((one) => one.join('.'));
  const some = fc.constantFrom(...CLOSED.filter((one) => isIP(one) === 4));
  fc.assert(
    fc.property(fc.oneof(all, some), (address) => {
      const [high, low] = hex(address);
      const forms = [
        `::ffff:${address}`,
        `::FFFF:${high}:${low}`,
        `0:0:0:0:0:ffff:${high}:${low}`,
        `64:ff9b::${address}`,
        `64:ff9b::${high}:${low}`,
        `2002:${high}:${low}::1`,
      ];
      for (const form of forms) t.is(isPublic(form), isPublic(address), form);
    }),
  );
});

test('what is no address is not public', (t) => {
  fc.assert(fc.property(fc.string(), (text) => isIP(text) !== 0 || !isPublic(text)));
  t.pass();
});

const BYTES = bytesOf(5000, 1);
const NAME = `${sha256(BYTES).slice(0, 32)}.bin`;

/** Names of the test, then the system's: what getaddrinfo makes of a number is its affair. */
const names = (table: Readonly<Record<string, readonly string[]>>) => {
  const asked: string[] = [];
  const resolve = async (host: string): Promise<LookupAddress[]> => {
    asked.push(host);
    return (table[host] ?? []).map((address) => ({ address, family: isIP(address) }));
  };
  return { asked, resolve };
};

const TARGETS: readonly string[] = [
  '127.0.0.1',
  '169.254.169.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '127.1',
  '0',
  'localhost',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::a9fe:a9fe]',
  '[fe80::1]',
  '[fd00::1]',
  '[::]',
];

for (const host of TARGETS)
  for (const way of ['a URL', 'a redirect'])
    test(`${way} to ${host}: refused, also where its origin is allowed, and never connected to`, async (t) => {
      const inner = await listen(t, file(BYTES));
      const target = `http://${host}:${inner.port}`;
      // The server that leads there is at an address that is allowed, by a name of its own.
      const outer = await listen(t, answer('302 Found', { location: `${target}/x` }));
      const table = names({ 'outer.example': ['127.0.0.1'] });
      const store = openStore({ folder: folderOf(t), quota: 1 << 20 });
      t.teardown(() => store.close());
      const origin = `http://outer.example:${outer.port}`;
      const guard = addressGuard(['outer.example']);
      const fetcher = new Fetcher(store, {
        origins: originsOf([origin, target]),
        addresses: {
          ...guard,
          // Names of the table from there; all others from the system.
          resolve: async (name) => {
            if (name === 'outer.example') return table.resolve(name);
            const { lookup } = await import('node:dns/promises');
            return lookup(name, { all: true });
          },
        },
        limits: { retries: 1, backOff: 1 },
      });
      const url = `${way === 'a URL' ? target : origin}/x`;
      const error = await t.throwsAsync(fetcher.fetch({ url, name: NAME, sizeMax: 5000 }), {
        instanceOf: ReleaseError,
      });
      // Where the system knows no such form of an address, or no IPv6, there is nothing to refuse.
      const unknown = error.code === Err.SourceLost && /ENOTFOUND|EAI_/.test(error.message);
      t.true(error.code === Err.OriginRefused || unknown, error.message);
      if (!unknown) t.regex(error.message, /no public address, and not allowed/);
      t.is(inner.asked.length, 0);
      t.is(outer.asked.length, way === 'a URL' ? 0 : 1);
    });

test('a redirect to a host that is not among the origins: refused before its name is asked for', async (t) => {
  const server = await listen(t, answer('302 Found', { location: 'http://metadata.example/x' }));
  const table = names({});
  const store = openStore({ folder: folderOf(t), quota: 1 << 20 });
  const fetcher = new Fetcher(store, {
    origins: originsOf([server.origin]),
    addresses: addressGuard(['127.0.0.1'], table.resolve),
  });
  const url = `${server.origin}/x`;
  const error = await t.throwsAsync(fetcher.fetch({ url, name: NAME, sizeMax: 5000 }), {
    instanceOf: ReleaseError,
  });
  t.is(error.code, Err.OriginRefused);
  t.true(error.fatal);
  t.deepEqual(table.asked, []);
  store.close();
});

const MIXED: readonly (readonly [string, readonly string[]])[] = [
  ['at a private address', ['10.1.2.3']],
  ['at this machine', ['127.0.0.1']],
  ['at a public address, and at this machine', ['93.184.216.34', '127.0.0.1']],
  ['at IPv4 inside IPv6', ['::ffff:127.0.0.1']],
];
for (const [what, addresses] of MIXED)
  test(`a name that is ${what}: refused`, async (t) => {
    const inner = await listen(t, file(BYTES));
    const table = names({ 'files.example': addresses });
    const store = openStore({ folder: folderOf(t), quota: 1 << 20 });
    const origin = `http://files.example:${inner.port}`;
    const fetcher = new Fetcher(store, {
      origins: originsOf([origin]),
      addresses: addressGuard([], table.resolve),
      limits: { retries: 1, backOff: 1 },
    });
    const url = `${origin}/x`;
    const error = await t.throwsAsync(fetcher.fetch({ url, name: NAME, sizeMax: 5000 }), {
      instanceOf: ReleaseError,
    });
    t.is(error.code, Err.OriginRefused, error.message);
    t.regex(error.message, /files\.example is at .* is no public address/);
    t.is(inner.asked.length, 0);
    store.close();
  });

test('a name that is public when it is asked for and private at the next: each connection is judged by its own', async (t) => {
  const inner = await listen(t, (socket, asked) => {
    // The first connection breaks: the next one asks for the name again.
    if (inner.asked.length === 1) socket.destroy();
    else file(BYTES)(socket, asked);
  });
  let asked = 0;
  const judged: string[] = [];
  const store = openStore({ folder: folderOf(t), quota: 1 << 20 });
  const origin = `http://rebinds.example:${inner.port}`;
  const fetcher = new Fetcher(store, {
    origins: originsOf([origin]),
    addresses: {
      // The test has no public address: the first answer stands for one.
      admits: (_, address) => {
        judged.push(address);
        return address === '127.0.0.1';
      },
      resolve: async () => [{ address: ++asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }],
    },
    limits: { retries: 3, backOff: 1 },
  });
  const url = `${origin}/x`;
  const error = await t.throwsAsync(fetcher.fetch({ url, name: NAME, sizeMax: 5000 }), {
    instanceOf: ReleaseError,
  });
  t.is(error.code, Err.OriginRefused);
  t.deepEqual(judged, ['127.0.0.1', '127.0.0.2']);
  t.is(asked, 2, 'one question for each connection, and none between judging and connecting');
  t.is(inner.asked.length, 1);
  store.close();
});

test('a host of the configuration may be anywhere', async (t) => {
  const inner = await listen(t, file(BYTES));
  const table = names({ 'files.example': ['127.0.0.1'] });
  const store = openStore({ folder: folderOf(t), quota: 1 << 20 });
  const origin = `http://files.example:${inner.port}`;
  const fetcher = new Fetcher(store, {
    origins: originsOf([origin]),
    addresses: addressGuard(['Files.Example'], table.resolve),
  });
  t.is((await fetcher.fetch({ url: `${origin}/x`, name: NAME, sizeMax: 5000 })).size, 5000);
  store.close();
});

const ORIGINS: readonly (readonly [string, string, number | undefined])[] = [
  ['https://files.example', 'https://files.example/x', undefined],
  ['files.example', 'http://files.example/x', Err.OriginRefused],
  ['https://files.example', 'http://files.example/x', Err.OriginRefused],
  ['http://files.example', 'https://files.example/x', Err.OriginRefused],
  ['files.example:8443', 'https://files.example/x', Err.OriginRefused],
  ['files.example', 'https://files.example.evil/x', Err.OriginRefused],
  ['files.example', 'https://evil@files.example/x', Err.UriMalformed],
  ['files.example', 'ftp://files.example/x', Err.SchemeRefused],
];
for (const [allowed, url, code] of ORIGINS)
  test(`with ${allowed}, ${url}: ${code ?? 'gone to'}`, async (t) => {
    const table = names({});
    const store = openStore({ folder: folderOf(t), quota: 1 << 20 });
    const fetcher = new Fetcher(store, {
      origins: originsOf([allowed]),
      addresses: addressGuard([], table.resolve),
      limits: { retries: 0 },
    });
    const error = await t.throwsAsync(fetcher.fetch({ url, name: NAME, sizeMax: 5000 }), {
      instanceOf: ReleaseError,
    });
    t.is(error.code, code ?? Err.SourceLost, error.message);
    t.is(table.asked.length, code === undefined ? 1 : 0);
    store.close();
  });

test('an origin of the configuration that is none is said at open', (t) => {
  t.throws(() => originsOf(['ftp://x']), {
    message: /allowOrigins: "ftp:\/\/x" is no origin. Give it as https/,
  });
});
