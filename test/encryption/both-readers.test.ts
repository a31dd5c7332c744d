/** Publisher and agent read parameter 19 with readers that share no code: of any bytes they say the same. */
import test from 'ava';
import fc from 'fast-check';
import { Err } from '../../agent/index.ts';
import { contentKey } from '../../agent/format/cose-encrypt.ts';
import { nodeDecryption } from '../../hal/node/decryption.ts';
import { DecryptionError } from '../../publisher/index.ts';
import type { RecipientKind } from '../../publisher/index.ts';
import { hexOf } from '../../publisher/bytes.ts';
import { encryptionRead, encryptionWrite } from '../../publisher/encryption/cose-encrypt.ts';
import { keyUnwrap, keyWrap } from '../../publisher/encryption/recipient.ts';
import { deviceKey, seededRandom } from './_keys.ts';

const portKinds = { a128kw: 'A128KW', x25519: 'X25519', p256: 'P-256' } as const;
const kinds = Object.keys(portKinds) as RecipientKind[];

/** A code, or the content key in hex. */
const publisherSays = (bytes: Uint8Array, kind: RecipientKind): number | string => {
  try {
    return hexOf(keyUnwrap(encryptionRead(bytes).recipients, deviceKey(kind)));
  } catch (error) {
    if (error instanceof DecryptionError) return error.code;
    throw error;
  }
};

const ports = new Map(
  kinds.map((kind) => {
    const { keyId, secret } = deviceKey(kind);
    return [kind, nodeDecryption([{ kind: portKinds[kind], keyId, key: secret }])];
  }),
);

const agentSays = (bytes: Uint8Array, kind: RecipientKind): number | string => {
  const into = new Uint8Array(32);
  const algorithm = contentKey(bytes, 0, bytes.length, ports.get(kind)!, into);
  // What its CBOR reader refuses, of whatever it is read, has codes of its own; here all of it is malformed.
  if (algorithm < 0)
    return algorithm === Err.Cbor || algorithm === Err.SequenceRange ? Err.EncryptionMalformed : algorithm;
  return hexOf(into.subarray(0, algorithm === 1 ? 16 : 32));
};

const infos = (['aes-128-gcm', 'chacha20-poly1305'] as const).flatMap((algorithm, seed) => {
  const key = seededRandom(seed)(algorithm === 'aes-128-gcm' ? 16 : 32);
  const one = (kind: RecipientKind, byte = 1) =>
    keyWrap(key, deviceKey(kind, byte), new Uint8Array(32).fill(9));
  const lists = [
    ...kinds.map((kind) => [one(kind)]),
    kinds.map((kind) => one(kind)),
    [one('x25519', 2), one('p256')],
  ];
  return lists.map((recipients) => encryptionWrite({ algorithm, recipients }));
});

test('what the publisher writes is read by the agent, to the same key', (t) => {
  for (const info of infos) for (const kind of kinds) t.is(agentSays(info, kind), publisherSays(info, kind));
  t.is(agentSays(infos[0]!, 'a128kw'), hexOf(seededRandom(0)(16)));
  t.is(agentSays(infos[0]!, 'x25519'), Err.NoRecipient);
});

const change = fc.record({
  info: fc.constantFrom(...infos),
  kind: fc.constantFrom(...kinds),
  at: fc.nat(100_000),
  taken: fc.integer({ min: 0, max: 3 }),
  put: fc.uint8Array({ maxLength: 3 }),
});

test('altered, cut or stuffed, both say the same', (t) => {
  const seen = new Set<number | string>();
  fc.assert(
    fc.property(change, ({ info, kind, at, taken, put }) => {
      const place = at % (info.length + 1);
      const bytes = Uint8Array.of(...info.subarray(0, place), ...put, ...info.subarray(place + taken));
      const said = agentSays(bytes, kind);
      seen.add(said);
      t.is(publisherSays(bytes, kind), said, hexOf(bytes));
    }),
    { numRuns: 2000 },
  );
  for (const code of [Err.EncryptionMalformed, Err.NoRecipient, Err.KeyUnwrap]) t.true(seen.has(code));
});

test('a COSE_Key whose head counts other entries than there are', (t) => {
  for (const info of infos) {
    const key = Buffer.from(info).indexOf(Uint8Array.of(0xa4, 1, 2, 0x20, 1));
    for (const head of key < 0 ? [] : [0xa0, 0xa3, 0xa5]) {
      const bytes = info.slice();
      bytes[key] = head;
      t.is(typeof agentSays(bytes, 'p256'), 'number', hexOf(bytes));
      t.is(publisherSays(bytes, 'p256'), Err.EncryptionMalformed, hexOf(bytes));
    }
  }
});
