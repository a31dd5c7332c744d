import test from 'ava';
import { Option } from '../../hal/coap/numbers.ts';
import { writeHost, writePath } from '../../hal/coap/path.ts';
import { writeHeader, writerNew } from '../../hal/coap/writer.ts';
import { optionsOf } from './_rig.ts';

const written = (
  host: string,
  path: string,
  room = 400,
): readonly (readonly [number, string])[] | undefined => {
  const w = writerNew(new Uint8Array(room));
  writeHeader(w, 0, 1, 0, new Uint8Array(0), 0);
  writeHost(w, host);
  writePath(w, path);
  if (w.overflow) return undefined;
  const rows = optionsOf(Buffer.from(w.bytes.subarray(0, w.length)).toString('hex'));
  return rows.map(([number, value]) => [number, Buffer.from(value, 'hex').toString()]);
};

const { UriPath: P, UriQuery: Q, UriHost: H } = Option;

// path, options. RFC 7252 section 6.4.
const PATHS: readonly (readonly [string, ReturnType<typeof written>])[] = [
  ['', []],
  ['/', []],
  ['/a', [[P, 'a']]],
  [
    '/a/b.bin',
    [
      [P, 'a'],
      [P, 'b.bin'],
    ],
  ],
  [
    '/a/',
    [
      [P, 'a'],
      [P, ''],
    ],
  ],
  [
    '//',
    [
      [P, ''],
      [P, ''],
    ],
  ],
  ['/?x', [[Q, 'x']]],
  ['/?', [[Q, '']]],
  [
    '/a?b=c&d/e?f&',
    [
      [P, 'a'],
      [Q, 'b=c'],
      [Q, 'd/e?f'],
      [Q, ''],
    ],
  ],
  ['/a%20b%2Fc%c3%a4', [[P, 'a b/cä']]],
  ['/%', undefined],
  ['/a%2', undefined],
  ['/%zz', undefined],
  ['/ä', [[P, '\ufffd']]],
  [`/${'a'.repeat(255)}`, [[P, 'a'.repeat(255)]]],
  [`/${'a'.repeat(256)}`, undefined],
];

for (const [path, options] of PATHS) {
  test(`path ${path.slice(0, 30)}: ${options === undefined ? 'cannot be written' : JSON.stringify(options).slice(0, 60)}`, (t) => {
    t.deepEqual(written('192.0.2.1', path), options);
  });
}

// host, whether it goes along
const HOSTS: readonly (readonly [string, boolean])[] = [
  ['example.com', true],
  ['localhost', true],
  ['192.0.2.1', false],
  ['[2001:db8::1]', false],
  ['a1.2', true],
];

for (const [host, goes] of HOSTS) {
  test(`host ${host}: ${goes ? 'goes along' : 'is an address'}`, (t) => {
    t.deepEqual(
      written(host, '/a'),
      goes
        ? [
            [H, host],
            [P, 'a'],
          ]
        : [[P, 'a']],
    );
  });
}
