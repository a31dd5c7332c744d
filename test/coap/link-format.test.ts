import test from 'ava';
import fc from 'fast-check';
import {
  linkAttribute,
  linkBegin,
  linkCursorNew,
  linkNext,
  linkNumber,
  linkText,
  linkWriterNew,
} from '../../hal/coap/link-format.ts';

interface Link {
  readonly target: string;
  readonly attributes: readonly (readonly [string, string | number])[];
}

const written = (links: readonly Link[], room: number): { text: string; overflow: boolean } => {
  const w = linkWriterNew(new Uint8Array(room));
  for (const { target, attributes } of links) {
    linkBegin(w, target);
    for (const [name, value] of attributes) {
      if (typeof value === 'number') linkNumber(w, name, value);
      else linkText(w, name, value);
    }
  }
  return { text: Buffer.from(w.bytes.subarray(0, w.length)).toString(), overflow: w.overflow };
};

/** Targets, each with the values of the attributes asked for; `undefined` where the text is malformed. */
const read = (
  text: string,
  names: readonly string[],
): (readonly [string, ...(string | null)[]])[] | undefined => {
  // Between bytes that are not its own.
  const bytes = new TextEncoder().encode(`,<x>${text},<y>`);
  const cursor = linkCursorNew(bytes, 4, bytes.length - 4);
  const rows: (readonly [string, ...(string | null)[]])[] = [];
  const part = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString();
  while (linkNext(cursor)) {
    const target = part(cursor.from, cursor.to);
    rows.push([
      target,
      ...names.map((name) => (linkAttribute(cursor, name) ? part(cursor.valueFrom, cursor.valueTo) : null)),
    ]);
  }
  return cursor.malformed ? undefined : rows;
};

test('a registration of LwM2M: written, and read again', (t) => {
  const links: Link[] = [
    {
      target: '/',
      attributes: [
        ['rt', 'oma.lwm2m'],
        ['ct', 11542],
      ],
    },
    { target: '/1/0', attributes: [] },
    { target: '/5/0', attributes: [['ver', '1.1']] },
  ];
  const { text, overflow } = written(links, 200);
  t.is(text, '</>;rt="oma.lwm2m";ct=11542,</1/0>,</5/0>;ver="1.1"');
  t.false(overflow);
  t.deepEqual(read(text, ['ct', 'ver', 'r']), [
    ['/', '11542', null, null],
    ['/1/0', null, null, null],
    ['/5/0', null, '1.1', null],
  ]);
  t.true(written(links, text.length - 1).overflow);
});

// text, what is read of it: targets with `a` and `b`
const TEXTS: readonly (readonly [string, ReturnType<typeof read>])[] = [
  ['', []],
  ['<>', [['', null, null]]],
  ['</a,b>;a="x,y";b', [['/a,b', 'x,y', '']]],
  [
    '</a>;a="x\\"y,z";b=1,</b>',
    [
      ['/a', 'x\\"y,z', '1'],
      ['/b', null, null],
    ],
  ],
  ['</a>;bb=1;a=";b=2"', [['/a', ';b=2', null]]],
  ['</a>;a;b=""', [['/a', '', '']]],
  ['</a>;a="', undefined],
  ['</a', undefined],
  ['a', undefined],
  ['</a>,', [['/a', null, null]]],
  ['</a> </b>', [['/a', null, null]]],
];

for (const [text, rows] of TEXTS) {
  test(`links: ${text === '' ? 'none' : text}`, (t) => {
    t.deepEqual(read(text, ['a', 'b']), rows);
  });
}

test('any text ends, and stays inside', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('<', '>', ',', ';', '"', '\\', '=', 'a', '/'), { maxLength: 40 }),
      (parts) => {
        const rows = read(parts.join(''), ['a', 'b']);
        t.true(rows === undefined || rows.length <= parts.length);
      },
    ),
    { numRuns: 2000 },
  );
});
