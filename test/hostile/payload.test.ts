import test from 'ava';
import { Err, Phase } from '../../agent/index.ts';
import { driveByStream, driveNow } from '../../hal/driver.ts';
import type { Update } from '../../bootloader-sim/index.ts';
import { benchOpen, offer, settle } from '../_bench.ts';
import type { Bench, OfferOptions } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { BLOCK, deflate, forge, sha256, sign, word } from './_forge.ts';
import type { Lies } from './_forge.ts';

/** Half of it deflates, half of it does not: both encodings are used. */
const image = firmware(5, 3 * BLOCK + 1000);
image.fill(0x41, BLOCK, 2 * BLOCK);
const block = (number: number): Uint8Array =>
  image.subarray(number * BLOCK, Math.min((number + 1) * BLOCK, image.length));
const last = block(3);
const honest = release(image, 2);
const plain = release(image, 2, { format: 'plain' });
const integrated = release(image.subarray(0, 100), 2, { format: 'integrated' });

const more = (update: Update, bytes = 1): Update => ({
  ...update,
  payload: new Uint8Array([...update.payload, ...new Uint8Array(bytes)]),
});
const less = (update: Update): Update => ({ ...update, payload: update.payload.subarray(0, -1) });
const flipped = (update: Update, at: number): Update => {
  const payload = update.payload.slice();
  payload[at < 0 ? payload.length + at : at]! ^= 4;
  return { ...update, payload };
};
const lie = (lies: Lies): Update => forge(image, 2, lies);

const indexLength = honest.index!.length;
const RANGE: OfferOptions[] = [{ mode: 'range' }];
const STREAM: OfferOptions[] = [{ mode: 'stream' }];
const BOTH: OfferOptions[] = [...RANGE, ...STREAM];

interface Attack {
  readonly name: string;
  readonly update: Update;
  readonly code: number;
  readonly modes?: readonly OfferOptions[];
  /** Nothing at all is erased or programmed. */
  readonly untouched?: boolean;
}

const attacks: readonly Attack[] = [
  { name: 'one byte more', update: more(honest), code: Err.PayloadTooLong, modes: STREAM },
  { name: 'one byte more, plain', update: more(plain), code: Err.PayloadTooLong, modes: STREAM },
  { name: 'one byte more, integrated', update: more(integrated), code: Err.PayloadTooLong, modes: STREAM },
  { name: 'a page more', update: more(honest, 5000), code: Err.PayloadTooLong, modes: STREAM },
  { name: 'one byte less', update: less(honest), code: Err.PayloadTooShort },
  { name: 'one byte less, plain', update: less(plain), code: Err.PayloadTooShort },
  { name: 'no payload', update: { ...honest, payload: new Uint8Array(0) }, code: Err.PayloadTooShort },
  { name: 'index header changed on the way', update: flipped(honest, 4), code: Err.IndexDigest },
  { name: 'page digest changed on the way', update: flipped(honest, 40), code: Err.IndexDigest },
  { name: 'index entry changed on the way', update: flipped(honest, indexLength - 3), code: Err.IndexDigest },
  { name: 'stored frame changed on the way', update: flipped(honest, -1), code: Err.BlockDigest },
  { name: 'plain byte changed on the way', update: flipped(plain, 7), code: Err.ImageDigest },
  {
    name: 'payload of another update',
    update: { ...honest, payload: release(firmware(6, image.length), 2).payload },
    code: Err.IndexDigest,
  },
  {
    name: 'integrated payload changed on the way',
    update: {
      ...integrated,
      envelope: integrated.envelope.map((byte, at) =>
        at === integrated.envelope.length - 1 ? byte ^ 1 : byte,
      ),
    },
    code: Err.ImageDigest,
    untouched: true,
  },
  // Signed, and yet not true.
  {
    name: 'frame that decodes to one byte more',
    update: lie({ frames: { 1: deflate(image.subarray(BLOCK, 2 * BLOCK + 1), block(0)) } }),
    code: Err.FrameMalformed,
  },
  {
    name: 'frame that decodes without end',
    update: lie({ frames: { 1: deflate(new Uint8Array(1 << 20)) } }),
    code: Err.FrameMalformed,
  },
  {
    name: 'frame that decodes to one byte less',
    update: lie({ frames: { 1: deflate(image.subarray(BLOCK, 2 * BLOCK - 1), block(0)) } }),
    code: Err.FrameLength,
  },
  {
    name: 'frame with a byte after its end',
    update: lie({ frames: { 1: new Uint8Array([...deflate(block(1), block(0)), 0]) } }),
    code: Err.FrameLength,
  },
  {
    name: 'frame that ends in mid-stream',
    update: lie({ frames: { 1: deflate(block(1), block(0)).subarray(0, -1) } }),
    code: Err.FrameMalformed,
  },
  {
    name: 'frame that is no deflate stream',
    update: lie({ frames: { 1: new Uint8Array(40).fill(0xff) } }),
    code: Err.FrameMalformed,
  },
  {
    name: 'frame that reaches back past its dictionary',
    update: lie({ frames: { 0: deflate(new Uint8Array(BLOCK), image.subarray(2 * BLOCK)) } }),
    code: Err.BlockDigest,
  },
  {
    name: 'frame of other bytes',
    update: lie({ frames: { 1: deflate(new Uint8Array(BLOCK)) } }),
    code: Err.BlockDigest,
  },
  {
    name: 'stored frame of other bytes',
    update: lie({ frames: { 3: new Uint8Array(last.length) }, words: { 3: word(0, last.length) } }),
    code: Err.BlockDigest,
  },
  {
    name: 'digest of another block in the index',
    update: lie({ digests: { 0: sha256(block(1)) } }),
    code: Err.BlockDigest,
  },
  {
    name: 'all blocks as the index says, and not the image signed',
    update: lie({ variant: { digest: sha256(firmware(9)) } }),
    code: Err.ImageDigest,
  },
  {
    name: 'encoding that does not exist',
    update: lie({ words: { 0: word(2, BLOCK) } }),
    code: Err.IndexMalformed,
  },
  { name: 'highest encoding', update: lie({ words: { 0: word(7, BLOCK) } }), code: Err.IndexMalformed },
  { name: 'frame of no length', update: lie({ words: { 0: word(0, 0) } }), code: Err.IndexMalformed },
  {
    name: 'frame longer than its block',
    update: lie({ words: { 0: word(0, BLOCK + 1) } }),
    code: Err.IndexMalformed,
  },
  { name: 'frame as long as can be said', update: lie({ words: { 0: 0xffff } }), code: Err.IndexMalformed },
  {
    name: 'stored frame shorter than its block',
    update: lie({ words: { 0: word(0, 4000) } }),
    code: Err.FrameLength,
  },
  {
    name: 'frame lengths that add up to more than the payload',
    update: lie({ words: { 0: word(1, BLOCK), 1: word(1, 4000) } }),
    code: Err.IndexMalformed,
  },
  {
    name: 'payload longer than the frames',
    update: lie({ variant: { payloadSize: honest.payload.length + 1 } }),
    code: Err.IndexMalformed,
  },
  {
    name: 'payload no longer than the index',
    update: lie({ variant: { payloadSize: indexLength } }),
    code: Err.PayloadTooShort,
    untouched: true,
  },
  {
    name: 'payload of one byte',
    update: lie({ variant: { payloadSize: 1 } }),
    code: Err.PayloadTooShort,
    untouched: true,
  },
  {
    name: 'header of another image size',
    update: lie({ header: (header) => header.setUint32(4, image.length - 1, true) }),
    code: Err.IndexMalformed,
  },
  {
    name: 'header of more blocks',
    update: lie({ header: (header) => header.setUint32(8, 0xffffffff, true) }),
    code: Err.IndexMalformed,
  },
  {
    name: 'header of no pages',
    update: lie({ header: (header) => header.setUint16(12, 0, true) }),
    code: Err.IndexMalformed,
  },
  {
    name: 'header of another version',
    update: lie({ header: (header) => header.setUint32(0, 0x32495846, true) }),
    code: Err.IndexMalformed,
  },
  {
    name: 'header with a flag that does not exist',
    update: lie({ header: (header) => header.setUint16(14, 0x8000, true) }),
    code: Err.IndexMalformed,
  },
  {
    name: 'header with bytes where there are none',
    update: lie({ header: (header) => header.setUint8(31, 1) }),
    code: Err.IndexMalformed,
  },
  { name: 'another root', update: lie({ variant: { root: sha256(image) } }), code: Err.IndexDigest },
  {
    name: 'smaller image in the manifest than in the index',
    update: lie({ variant: { size: image.length - BLOCK } }),
    code: Err.IndexMalformed,
  },
];

/** What must hold after an attack, whatever it was. */
const sound = (bench: Bench): string | undefined => {
  if (bench.operations.slots[0] !== 0) return 'the running slot was touched';
  if (bench.flash.misuses() !== 0) return 'the flash was misused';
  if (!(bench.agent.activate() < 0)) return 'it can be activated';
  if (offer(bench.agent, release(firmware(7, 9000), 3)) !== 0) return 'a good update is not taken after it';
  return bench.agent.activate() === 0 ? undefined : 'a good update is not activated after it';
};

for (const { name, update, code, modes = BOTH, untouched } of attacks) {
  for (const options of modes) {
    test(`${name}, by ${options.mode}`, (t) => {
      const bench = benchOpen();
      const got = offer(bench.agent, update, options);
      t.is(got < 0 ? got : bench.agent.activate(), code);
      if (untouched) t.like(bench.since(), { erases: 0, programs: 0 });
      bench.boot();
      t.like(bench.decision, { slot: 0, trial: false, sequence: 1 });
      bench.operations.slots[0] = 0;
      t.is(sound(bench), undefined);
    });
  }
}

test('a payload without end is refused at the first byte too many', (t) => {
  for (const update of [honest, plain]) {
    const bench = benchOpen();
    let given = 0;
    const course = driveByStream(bench.agent, update.envelope);
    const { code } = driveNow(course, (offset, length) => {
      given += length;
      const rest = update.payload.subarray(offset, offset + length);
      return rest.length > 0 ? rest : new Uint8Array(length);
    });
    t.is(code, Err.PayloadTooLong);
    t.true(given <= update.payload.length + 2048);
  }
});

const endless: readonly [name: string, head: number[], fill: number, code: number][] = [
  ['byte string without end', [0xd8, 107, 0xa2, 2, 0x5a, 0xff, 0xff, 0xff, 0xff], 0, Err.EnvelopeTooLong],
  ['byte string just over the cap', [0xd8, 107, 0xa2, 2, 0x59, 0x10, 0x00], 0, Err.EnvelopeTooLong],
  ['name without end', [0xa2, 0x7a, 0x7f, 0xff, 0xff, 0xff], 0x23, Err.EnvelopeTooLong],
  [
    'length above what a number holds',
    [0xa2, 2, 0x5b, 0xff, 255, 255, 255, 255, 255, 255, 255],
    0,
    Err.SequenceRange,
  ],
  ['map with more entries than there are elements', [0xb8, 0xff], 2, Err.Envelope],
  ['byte string of indefinite length', [0xa2, 2, 0x5f], 0x41, Err.Cbor],
  ['map of indefinite length', [0xbf], 2, Err.Cbor],
  ['zeros', [], 0, Err.Envelope],
  ['erased flash', [], 0xff, Err.Cbor],
  ['tags in tags', [0xd8, 107], 0xd8, Err.Envelope],
];

for (const [name, head, fill, code] of endless) {
  test(`envelope without end: ${name}`, (t) => {
    const bench = benchOpen();
    t.is(bench.agent.offerBegin(), 0);
    const bytes = new Uint8Array(64).fill(fill);
    bytes.set(head);
    let got = bench.agent.push(bytes, 0, 64);
    for (let sent = 64; got >= 0 && sent < 1 << 16; sent += 64) {
      got = bench.agent.push(bytes.fill(fill), 0, 64);
      if (got >= 0) got = Math.min(0, bench.agent.poll());
    }
    t.is(got, code);
    t.is(bench.agent.wanted({ offset: 0, length: 0 }), Err.SessionFailed);
    t.like(bench.since(), { erases: 0, programs: 0 });
    t.is(sound(bench), undefined);
  });
}

test('bytes that the caller changes after the push are not seen', (t) => {
  for (const format of ['framed', 'plain', 'integrated'] as const) {
    const update = release(format === 'integrated' ? image.subarray(0, 300) : image, 2, { format });
    const bench = benchOpen();
    const { agent } = bench;
    const buffer = new Uint8Array(512);
    let noise = 1;
    const pushAll = (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length;) {
        const n = Math.min(buffer.length, bytes.length - at);
        buffer.set(bytes.subarray(at, at + n));
        const took = agent.push(buffer, 0, n);
        t.true(took >= 0);
        at += took;
        buffer.fill(noise++);
        t.true(agent.poll() >= 0);
      }
    };
    t.is(agent.offerBegin(), 0);
    pushAll(update.envelope);
    t.is(settle(agent), 0);
    pushAll(update.payload);
    t.is(settle(agent), 0);
    t.is(bench.status().phase, Phase.Staged);
    t.is(agent.activate(), 0);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 1, sequence: 2 });
  }
});

test('a manifest that the ask hook changes is asked about, not changed', (t) => {
  const bench = benchOpen({
    config: {
      ask: (_moment, shown) => {
        shown.imageSize = 1;
        shown.sequence = 0;
        shown.manifestDigest.fill(0);
        return 0;
      },
    },
  });
  t.is(offer(bench.agent, honest), 0);
  t.is(bench.agent.activate(), 0);
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 1, sequence: 2 });
});

test('a thousand invalid offers in a row erase and program nothing', (t) => {
  const bench = benchOpen();
  const other = firmware(8, 70_000);
  const kinds: Update[] = [
    { envelope: honest.envelope.subarray(0, 99), payload: honest.payload },
    { envelope: honest.envelope.map((byte, at) => (at === 60 ? byte ^ 1 : byte)), payload: honest.payload },
    { envelope: firmware(3, 500), payload: honest.payload },
    release(image, 1),
    release(other, 2),
    release(image, 2, { vendor: new Uint8Array(16) }),
    release(image, 2, { classId: new Uint8Array(16) }),
    release(image, 2, { expiry: 5 }),
    attacks.find((attack) => attack.name.startsWith('integrated payload'))!.update,
    {
      envelope: sign({ sequence: 2, variants: [{ digest: sha256(image), size: 5, uri: '#none' }] }),
      payload: image,
    },
  ];
  for (let round = 0; round < 1000; round++) {
    const code = offer(bench.agent, kinds[round % kinds.length]!, round % 3 === 0 ? { mode: 'stream' } : {});
    if (!(code < 0) && !(bench.agent.activate() < 0)) t.fail(`offer ${round} gives ${code}`);
  }
  t.like(bench.since(), { erases: 0, programs: 0 });
  t.is(sound(bench), undefined);
});
