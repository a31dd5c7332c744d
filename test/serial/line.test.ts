import fc from 'fast-check';
import test from 'ava';
import { crc16, HEADER, lineLength, lineReaderNew, lineTake } from '../../hal/serial/index.ts';
import { linesOf, messagesIn } from './_rig.ts';

const message = fc.uint8Array({ minLength: HEADER, maxLength: 700 });
const plain = (bytes: Uint8Array): number[] => [...bytes];

test('the checksum is that of XMODEM', (t) => {
  t.is(crc16(new TextEncoder().encode('123456789'), 0, 9), 0x31c3);
});

test('a packet on the line, byte for byte', (t) => {
  const text = Buffer.from(linesOf(new TextEncoder().encode('Hello, world!'))).toString('latin1');
  t.is(text, '\x06\x09AA9IZWxsbywgd29ybGQhet4=\n');
});

test('lines are at most 127 bytes, and as many as were foretold', (t) => {
  fc.assert(
    fc.property(message, (bytes) => {
      const lines = linesOf(bytes);
      const ends = [...lines.keys()].filter((at) => lines[at] === 10);
      const lengths = ends.map((end, row) => end - (ends[row - 1] ?? -1));
      return lines.length === lineLength(bytes.length) && lengths.every((length) => length <= 127);
    }),
  );
  t.pass();
});

test('any split of the input gives the same messages, with noise around and between the lines', (t) => {
  const noise = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte > 0x14));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(noise, message), { maxLength: 4 }),
      noise,
      fc.nat(40),
      (rows, last, step) => {
        const line = Buffer.concat([...rows.flatMap(([before, bytes]) => [before, linesOf(bytes)]), last]);
        const reader = lineReaderNew(HEADER, 700);
        const found: number[][] = [];
        for (let at = 0; at < line.length;) {
          const end = Math.min(line.length, at + 1 + step);
          at += lineTake(reader, line, at, end);
          if (reader.message > 0) found.push(plain(reader.bytes.subarray(0, reader.message)));
          reader.message = 0;
        }
        t.deepEqual(
          found,
          rows.map(([, bytes]) => plain(bytes)),
        );
      },
    ),
  );
});

test('after any garbage the second packet that comes is read', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), message, (garbage, bytes) => {
      const line = Buffer.concat([garbage, linesOf(bytes), linesOf(bytes)]);
      const last = messagesIn(line).at(-1);
      t.deepEqual(last && plain(last), plain(bytes));
    }),
  );
});

const good = Buffer.from(linesOf(Uint8Array.from({ length: 200 }, (_, at) => at))).toString('latin1');

// What is done to two lines of a good packet; whether it is read all the same
const LINES: readonly (readonly [string, (line: string) => string, boolean])[] = [
  ['left as it is', (line) => line, true],
  ['returns before new lines', (line) => line.replaceAll('\n', '\r\n'), true],
  ['a line of a console between', (line) => line.replace('\n', '\nboot: 12 ms\n'), true],
  ['a character changed', (line) => line.replace(/.(?=\n)/, '!'), false],
  ['a character less', (line) => line.replace(/.(?=\n)/, ''), false],
  ['four characters less', (line) => line.replace(/....(?=\n)/, ''), false],
  ['four characters more', (line) => line.replace(/(?=\n$)/, 'AAAA'), false],
  ['characters behind a pad', (line) => line.replace(/....(?=\n)/, 'AA==AAAA'), false],
  ['the second line first', (line) => line.replace(/^(.*\n)(.*\n)/, '$2$1'), false],
  ['the second line twice', (line) => line.replace(/(?<=\n).*\n/, '$&$&'), false],
  ['the last line twice', (line) => line.replace(/(?<=\n).*\n$/, '$&$&'), true],
  ['no start', (line) => line.slice(2), false],
  ['a length above the cap', () => '\x06\x09//8AAAAA\n', false],
  ['a length of nothing', () => '\x06\x09AAAAAAAA\n', false],
];

for (const [name, change, read] of LINES) {
  test(`${name}: ${read ? 'read' : 'dropped'}, and the next packet is read`, (t) => {
    const line = Buffer.from(change(good), 'latin1');
    t.is(messagesIn(line).length, read ? 1 : 0);
    t.is(messagesIn(Buffer.concat([line, Buffer.from(good, 'latin1')])).length, read ? 2 : 1);
  });
}
