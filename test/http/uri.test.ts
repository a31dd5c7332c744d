import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { authorityOf, placeNew, uriRead, uriResolve, uriText, URI_MAX } from '../../hal/http/uri.ts';

const BASE = 'http://example.com/lamp/one.suit?key=1';

/** The URI that `reference` names from `base`, or the code. */
const resolved = (reference: string, base = BASE): string | number => {
  const place = placeNew();
  if (uriRead(place, base) !== 0) throw new Error(base);
  const code = uriResolve(place, place, reference);
  return code === 0 ? uriText(place) : code;
};

// reference, what it names
const ROWS: readonly (readonly [string, string | number])[] = [
  ['two.bin', 'http://example.com/lamp/two.bin'],
  ['a/b/two.bin', 'http://example.com/lamp/a/b/two.bin'],
  ['./two.bin', 'http://example.com/lamp/two.bin'],
  ['../two.bin', 'http://example.com/two.bin'],
  ['../../../two.bin', 'http://example.com/two.bin'],
  ['..', 'http://example.com/'],
  ['.', 'http://example.com/lamp/'],
  ['a/.b/.', 'http://example.com/lamp/a/.b/'],
  ['//other.com//.b/.', 'http://other.com//.b/'],
  ['/two.bin', 'http://example.com/two.bin'],
  ['/a/./b/../c', 'http://example.com/a/c'],
  ['?key=2', 'http://example.com/lamp/one.suit?key=2'],
  ['two.bin?at=../x:y', 'http://example.com/lamp/two.bin?at=../x:y'],
  ['//other.com/x', 'http://other.com/x'],
  ['HTTP://EXAMPLE.com:80', 'http://example.com/'],
  ['https://example.com:443/x', 'https://example.com/x'],
  ['https://example.com:8443/x', 'https://example.com:8443/x'],
  ['https://example.com?x', 'https://example.com/?x'],
  ['coap://[FE80::1]:5683/x', 'coap://[fe80::1]/x'],
  ['coaps://10.0.0.1:5683/x', 'coaps://10.0.0.1:5683/x'],
  ['', Err.UriMalformed],
  ['http://user@example.com/x', Err.UriMalformed],
  ['http://user:password@example.com/x', Err.UriMalformed],
  ['http://example.com@other.com/x', Err.UriMalformed],
  ['//user@example.com/x', Err.UriMalformed],
  ['http://example.com/x#part', Err.UriMalformed],
  ['two.bin#part', Err.UriMalformed],
  ['http:\\\\other.com\\x', Err.UriMalformed],
  ['\\\\other.com\\x', Err.UriMalformed],
  ['two bin', Err.UriMalformed],
  ['two.bin\r\nx: y', Err.UriMalformed],
  ['two.bin\0', Err.UriMalformed],
  ['t\u00fcr.bin', Err.UriMalformed],
  ['http://', Err.UriMalformed],
  ['http:///x', Err.UriMalformed],
  ['http://example.com:0/x', Err.UriMalformed],
  ['http://example.com:65536/x', Err.UriMalformed],
  ['http://example.com:8o/x', Err.UriMalformed],
  ['http://example.com:80:80/x', Err.UriMalformed],
  ['http://ex%61mple.com/x', Err.UriMalformed],
  ['http://[::1/x', Err.UriMalformed],
  ['http://[::1]x/x', Err.UriMalformed],
  ['http://[v1.x]/x', Err.UriMalformed],
  ['file:///etc/hostname', Err.SchemeRefused],
  ['ftp://example.com/x', Err.SchemeRefused],
  ['data:,x', Err.SchemeRefused],
  ['javascript:x', Err.SchemeRefused],
  ['http:two.bin', Err.SchemeRefused],
  [`/${'x'.repeat(URI_MAX - 1)}`, `http://example.com/${'x'.repeat(URI_MAX - 1)}`],
  [`/${'x'.repeat(URI_MAX)}`, Err.UriMalformed],
];
for (const [reference, names] of ROWS)
  test(`${JSON.stringify(reference.slice(0, 40))} (${reference.length}) names ${String(names).slice(0, 40)}`, (t) => {
    t.is(resolved(reference), names);
  });

test('a host that is too long', (t) => {
  t.is(resolved(`http://${'a'.repeat(255)}/`), `http://${'a'.repeat(255)}/`);
  t.is(resolved(`http://${'a'.repeat(256)}/`), Err.UriMalformed);
});

test('the port is said where it is not the scheme’s own', (t) => {
  const place = placeNew();
  t.is(uriRead(place, 'coap://host:5684/x'), 0);
  t.is(authorityOf(place), 'host:5684');
});

// Names that begin with a dot have rows above: Node 20.20 leaves the dots after them (`a/.b/.`) where they are.
const segment = fc.stringMatching(/^(|\.|\.\.|[a-z0-9_~-][a-z0-9._~-]{0,3})$/);
// Two slashes begin a host.
const path = (text: string): boolean => !text.startsWith('//');
const reference = fc.oneof(
  fc
    .array(segment, { maxLength: 5 })
    .map((parts) => parts.join('/'))
    .filter(path),
  fc
    .array(segment, { maxLength: 5 })
    .map((parts) => `/${parts.join('/')}`)
    .filter(path),
  fc.tuple(segment, segment).map(([path, query]) => `${path}?${query}`),
  fc.stringMatching(/^(https?:)?\/\/[a-z]{1,3}(:[1-9][0-9]{0,3})?(\/[a-z]{0,4}){0,3}$/),
);

test('property: what is read is what the URL standard reads', (t) => {
  let read = 0;
  fc.assert(
    fc.property(reference, (text) => {
      const mine = resolved(text);
      if (typeof mine === 'number') return text === '' || mine === Err.UriMalformed;
      read++;
      return mine === new URL(text, BASE).href;
    }),
    { numRuns: 2000 },
  );
  t.true(read > 1000, `${read} were read`);
});

test('property: whatever comes, there is a code, and what is read leads to the host that the URL standard finds', (t) => {
  let read = 0;
  const noise = fc.string({ unit: fc.constantFrom(...'/:@?#\\.[]%ab0 \t', 'http', 'https', '://') });
  fc.assert(
    fc.property(noise, (text) => {
      const mine = resolved(text);
      if (typeof mine === 'number') return mine === Err.UriMalformed || mine === Err.SchemeRefused;
      read++;
      // The standard turns a host of digits into an address, and refuses some; neither is another host to us.
      if (!URL.canParse(text, BASE)) return true;
      const theirs = new URL(text, BASE).host;
      return new URL(mine).host === theirs;
    }),
    { numRuns: 5000 },
  );
  t.true(read > 100, `${read} were read`);
});
