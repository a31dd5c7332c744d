import { encode } from 'cborg';
import test from 'ava';
import { boardOf, clientOf, imageOf, messageOf, packOf, send, SHA, State, Upload } from './_rig.ts';
import type { Body } from './_rig.ts';
import type { Header } from '../../hal/serial/index.ts';

const first = packOf(imageOf(4, 1), 1);
const next = packOf(imageOf(4, 2, [0, 1]), 2);
const client = clientOf(boardOf(first));

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const text = (value: string): string => Buffer.from(value).toString('hex');
const head = { off: 0, len: next.bundle.length, data: next.bundle.subarray(0, 300) };

type Row = readonly [name: string, header: Partial<Header>, body: Body | Uint8Array, answer: Body];

const ROWS: readonly Row[] = [
  ['echo', { op: 2 }, { d: 'hello' }, { r: 'hello' }],
  [
    'echo, indefinite map, an unknown key before it',
    { op: 2 },
    hex(`bf 61 78 82 01 02 61 64 62 6869 ff`),
    { r: 'hi' },
  ],
  ['echo without text', { op: 2 }, {}, { rc: 3 }],
  ['parameters', { command: 6 }, {}, { buf_size: 512, buf_count: 1 }],
  ['parameters, no body at all', { command: 6 }, new Uint8Array(0), { buf_size: 512, buf_count: 1 }],
  ['bootloader', { command: 8 }, {}, { bootloader: 'flipside' }],
  ['a group that is not there', { group: 9 }, {}, { rc: 8 }],
  ['a command that is not there', { command: 77 }, {}, { rc: 8 }],
  ['written where it can only be read', { command: 6, op: 2 }, {}, { rc: 8 }],
  ['version 3', { version: 2, command: 6 }, {}, { rc: 13 }],
  ['body: not a map', { command: 6 }, hex('80'), { rc: 3 }],
  ['body: bytes behind it', { command: 6 }, hex('a0 00'), { rc: 3 }],
  ['body: a map of 2^32 pairs', { command: 6 }, hex('bb 0000000100000000'), { rc: 3 }],
  ['body: text longer than the message', { op: 2 }, hex('a1 61 64 7b 7fffffffffffffff'), { rc: 3 }],
  ['body: a map that does not end', { op: 2 }, hex('bf 61 64 61 61'), { rc: 3 }],
  ['body: nested five deep', { command: 6 }, hex('a1 61 78 81 81 81 81 81 01'), { rc: 3 }],
  ['body: nested four deep', { command: 6 }, hex('a1 61 78 81 81 81 81 01'), { buf_size: 512, buf_count: 1 }],
  ['body: a tag', { command: 6 }, hex('a1 61 78 c1 01'), { rc: 3 }],
  ['body: text in pieces', { op: 2 }, hex('a1 61 64 7f 61 61 ff'), { rc: 3 }],
  ['body: a key twice', { op: 2 }, hex(`a2 61 64 61 61 61 64 61 62`), { rc: 3 }],
  ['body: 33 pairs', { command: 6 }, hex(`b8 21 ${'00 00'.repeat(33)}`), { rc: 3 }],
  ['upload without off', Upload, { data: hex('00') }, { err: { group: 1, rc: 20 } }],
  ['the same in version 1', { ...Upload, version: 0 }, { data: hex('00') }, { rc: 3 }],
  ['upload without len', Upload, { off: 0, data: hex('00') }, { err: { group: 1, rc: 21 } }],
  ['upload of nothing', Upload, { off: 0, len: 0, data: hex('') }, { err: { group: 1, rc: 21 } }],
  ['off that is text', Upload, hex(`a1 63 ${text('off')} 61 30`), { err: { group: 1, rc: 20 } }],
  ['off without an upload', Upload, { off: 77, data: hex('00') }, { off: 0 }],
  ['no envelope', Upload, { off: 0, len: 4, data: hex('ffffffff') }, { rc: 9, rsn: 'flipside -21' }],
  [
    'and the same again, for the answer was lost',
    Upload,
    { off: 3, data: hex('ff') },
    { rc: 9, rsn: 'flipside -21' },
  ],
  ['more data than len', Upload, { ...head, len: 299 }, { err: { group: 1, rc: 31 } }],
  [
    'len shorter than the payload',
    Upload,
    { off: 0, len: 400, data: next.bundle.subarray(0, 400) },
    { rc: 9, rsn: 'flipside -87' },
  ],
  [
    'the image that runs, again',
    Upload,
    { off: 0, len: first.bundle.length, data: first.bundle.subarray(0, 420) },
    { rc: 11, rsn: 'flipside -76' },
  ],
  ['test without hash', { ...State, op: 2 }, {}, { err: { group: 1, rc: 24 } }],
  ['test of what is not there', { ...State, op: 2 }, { hash: SHA }, { err: { group: 1, rc: 3 } }],
  [
    'confirm of what never ran',
    { ...State, op: 2 },
    { hash: SHA, confirm: true },
    { err: { group: 1, rc: 32 } },
  ],
  ['erase of what runs', { group: 1, command: 5, op: 2 }, { slot: 0 }, { err: { group: 1, rc: 14 } }],
  ['erase: the session is given up', { group: 1, command: 5, op: 2 }, {}, {}],
  [
    'slots',
    { group: 1, command: 6 },
    {},
    {
      images: [
        {
          image: 0,
          slots: [
            { slot: 0, size: 65536 },
            { slot: 1, size: 65536, upload_image_id: 0 },
          ],
        },
      ],
    },
  ],
  ['revert to nothing', { group: 70, command: 1, op: 2 }, {}, { rc: 6, rsn: 'flipside -100' }],
];

for (const [name, header, body, answer] of ROWS) {
  test.serial(name, (t) => {
    t.deepEqual(client.ask({ op: 0, ...header }, body)?.body, answer);
  });
}

test.serial('a header that lies about the length is refused; an answer is not answered', (t) => {
  t.deepEqual(client.ask({ command: 6, length: 9 }, encode({}))?.body, { rc: 3 });
  t.is(client.ask({ op: 1, command: 6 }, {}), undefined);
  t.is(messageOf({ op: 1 }, {}).length, 9);
});

test.serial(
  'chunks from elsewhere are not taken: a client that lies about off installs nothing wrong',
  (t) => {
    const board = boardOf(first);
    const liar = clientOf(board);
    liar.ask(Upload, { ...head, sha: SHA });
    // The right places with wrong bytes in between, and the wrong places with right bytes.
    for (let off = 500; off < 3000; off += 700) {
      const answer = liar.ask(Upload, { off, data: next.bundle.subarray(off, off + 200) })?.body;
      t.is(answer?.['off'], 300);
    }
    const wrong = liar.ask(Upload, { off: 300, data: new Uint8Array(400) })?.body;
    t.regex(String(wrong?.['rsn'] ?? wrong?.['off']), /flipside -\d+|\d+/);
    const sent = send(liar, next.bundle, 300);
    t.is(sent.last['off'], next.bundle.length);
  },
);

test.serial('the board may say no', (t) => {
  const closed = clientOf(boardOf(first), { may: () => false });
  for (const [header, body] of [
    [Upload, { ...head }],
    [{ ...State, op: 2 }, { confirm: true }],
    [{ command: 5, op: 2 }, {}],
    [{ group: 70, command: 1, op: 2 }, {}],
    [{ group: 1, command: 5, op: 2 }, {}],
  ] as const) {
    t.deepEqual(closed.ask(header, body as Body)?.body, { rc: 11 });
  }
});
