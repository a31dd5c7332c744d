/** A gateway that is nobody's, over CoAP: it has what publishers ever signed, and gives a device what it likes. */
import { createHash } from 'node:crypto';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import type { Desk, Orders } from '../../gateway/contract.ts';
import { openCoapDown } from '../../gateway/downstream/coap.ts';
import { classIdentifier } from '../../publisher/index.ts';
import { confirmed } from './_folder-scene.ts';
import { statementOver } from './_folder.ts';
import { deviceNew, deviceStatus, deviceWake, freezeNew, packed, stranger, vendor } from './_world.ts';

const NOW = Math.floor(Date.now() / 1000);
const older = packed(1);
const old = packed(2, [1]);
/** None of its blocks are there already. */
const fresh = packed(3, [0, 1, 2, 3, 4, 5]);
const later = packed(4, [3]);
const forged = packed(5, [4], { signer: stranger });
const plug = packed(9, [5], { classId: classIdentifier(vendor, 'plug') });
const statement = statementOver(fresh, { issued: NOW - 60, expires: NOW + 3600 });

interface Given {
  readonly envelope: Uint8Array;
  readonly payload: Uint8Array;
  /** Of the payload, in place of what it is, once so many bytes of it went out. */
  readonly after?: readonly [bytes: number, instead: Uint8Array];
  readonly orders?: Partial<Orders>;
}

const ORDERS: Orders = {
  time: NOW,
  wake: 60,
  path: 'r/a/update.suit',
  download: 'forced',
  update: 'forced',
  cancel: false,
  statement: 's/lamp',
};

/** What it gives can be changed while it runs. */
const gatewayOf = async (
  t: ExecutionContext,
  first: Given,
): Promise<{ url: string; given: Given; read: number }> => {
  const rig = { url: '', given: first, read: 0 };
  const fileOf = (path: string): Uint8Array => {
    if (path.startsWith('s/')) return statement;
    return path.endsWith('.suit') ? rig.given.envelope : rig.given.payload;
  };
  const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const files = new Map<string, Uint8Array>();
  const desk: Desk = {
    checkIn: () => ({ ...ORDERS, ...rig.given.orders }),
    orders: () => ORDERS,
    file(path) {
      const bytes = fileOf(path);
      files.set(digestOf(bytes), bytes);
      return { digest: digestOf(bytes), size: bytes.length };
    },
    read(digest, offset, into) {
      const bytes = files.get(digest)!;
      const { payload, after } = rig.given;
      const isPayload = bytes === payload;
      const from = isPayload && after !== undefined && offset >= after[0] ? after[1] : bytes;
      const part = from.subarray(offset, offset + into.length);
      into.set(part);
      if (isPayload) rig.read += part.length;
      return into.length;
    },
    device: () => undefined,
    release: () => undefined,
    feedback: () => true,
    ended: () => undefined,
  };
  const down = await openCoapDown({
    desk,
    saved: () => Promise.resolve(),
    port: 0,
    insecureCoap: true,
    warn: () => undefined,
  });
  t.teardown(() => down.close());
  rig.url = down.url;
  return rig;
};

const honest: Given = { envelope: fresh.envelope, payload: fresh.payload };
const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length >> 1);
const bitten = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 4 : byte));

const ROWS: readonly (readonly [string, Partial<Given>, readonly number[]])[] = [
  ['half of the envelope', { envelope: cut(fresh.envelope) }, [Err.EnvelopeTooShort, Err.Cbor, Err.Envelope]],
  [
    'a bit of the envelope',
    { envelope: bitten(fresh.envelope) },
    [Err.SignatureWrong, Err.ManifestDigest, Err.Cbor],
  ],
  [
    'a bit of the payload',
    { payload: bitten(fresh.payload) },
    [Err.BlockDigest, Err.FrameMalformed, Err.FrameLength],
  ],
  [
    'half of the payload',
    { payload: cut(fresh.payload) },
    [Err.PayloadTooShort, Err.CoapBlock, Err.CoapOption, Err.CoapRefused],
  ],
  ['the payload of another release', { payload: later.payload }, [Err.IndexDigest, Err.IndexMalformed]],
  [
    'another payload from the middle on',
    { after: [fresh.payload.length >> 1, later.payload] },
    [Err.BlockDigest, Err.FrameMalformed, Err.FrameLength],
  ],
  ['a release of another class', plug, [Err.WrongClass]],
  ['a release of a stranger', forged, [Err.SignatureWrong]],
  ['an older release', older, [Err.SequenceOld]],
  ['the release that runs', old, [Err.AlreadyRunning]],
];

for (const [name, change, codes] of ROWS)
  test(`${name}: it runs what it ran, and says why; the release is taken when it is right`, async (t) => {
    const rig = await gatewayOf(t, { ...honest, ...change });
    const device = deviceNew('a', old);
    const freeze = freezeNew({ now: NOW });
    const wake = (): ReturnType<typeof deviceWake> => deviceWake(device, rig.url, { freeze });
    const woken = await wake();
    t.true(codes.includes(woken.fetched?.code ?? 0), `${woken.fetched?.code}`);
    t.true(confirmed(device, old));
    t.is(device.memory.source, Err.SourceWithholds);
    const { boots } = device.board;
    rig.given = honest;
    for (let wakes = 0; wakes < 10 && !confirmed(device, fresh); wakes++) await wake();
    t.true(confirmed(device, fresh), `${deviceStatus(device).sequence}`);
    t.true(device.board.boots > boots);
  });

test('cancel, for ever: it runs what it ran, and says that a release is withheld', async (t) => {
  const rig = await gatewayOf(t, { ...honest, orders: { cancel: true } });
  const device = deviceNew('a', old);
  for (let wakes = 0; wakes < 5; wakes++)
    await deviceWake(device, rig.url, { freeze: freezeNew({ now: NOW }) });
  t.true(confirmed(device, old));
  t.is(device.memory.source, Err.SourceWithholds);
  t.is(rig.read, 0);
});
