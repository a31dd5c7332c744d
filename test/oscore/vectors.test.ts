/** RFC 8613 appendix C, all of it, and the examples of sections 5.4 and 6.3. */
import test from 'ava';
import { bindingNew } from '../../hal/oscore/binding.ts';
import { associatedMake, associatedNew, contextInfo, nonceMake } from '../../hal/oscore/context.ts';
import type { Context } from '../../hal/oscore/context.ts';
import { optionValueNew, optionValueRead, optionValueWrite } from '../../hal/oscore/option-value.ts';
import { requestProtect, responseProtect } from '../../hal/oscore/protect.ts';
import { requestUnprotect, responseUnprotect } from '../../hal/oscore/unprotect.ts';
import {
  bytesFrom,
  contextWith,
  memoryStore,
  mirrored,
  oscoreWith,
  SALT,
  settingsOf,
  through,
} from './_contexts.ts';
import type { Ids } from './_contexts.ts';
import { bytesOf, hexOf } from './_hex.ts';

interface Derived {
  readonly info: readonly [sender: string, recipient: string, iv: string];
  readonly senderKey: string;
  readonly recipientKey: string;
  readonly commonIv: string;
  readonly nonces: readonly [sender: string, recipient: string];
}

const CLIENT_1: Ids = { sender: '', recipient: '01', salt: SALT };
const CLIENT_2: Ids = { sender: '00', recipient: '01' };
const CLIENT_3: Ids = { sender: '', recipient: '01', salt: SALT, idContext: '37cbf3210017a2d3' };

const DERIVED: readonly (readonly [string, Ids, Derived])[] = [
  [
    'C.1.1',
    CLIENT_1,
    {
      info: ['8540f60a634b657910', '854101f60a634b657910', '8540f60a6249560d'],
      senderKey: 'f0910ed7295e6ad4b54fc793154302ff',
      recipientKey: 'ffb14e093c94c9cac9471648b4f98710',
      commonIv: '4622d4dd6d944168eefb54987c',
      nonces: ['4622d4dd6d944168eefb54987c', '4722d4dd6d944169eefb54987c'],
    },
  ],
  [
    'C.1.2',
    mirrored(CLIENT_1),
    {
      info: ['854101f60a634b657910', '8540f60a634b657910', '8540f60a6249560d'],
      senderKey: 'ffb14e093c94c9cac9471648b4f98710',
      recipientKey: 'f0910ed7295e6ad4b54fc793154302ff',
      commonIv: '4622d4dd6d944168eefb54987c',
      nonces: ['4722d4dd6d944169eefb54987c', '4622d4dd6d944168eefb54987c'],
    },
  ],
  [
    'C.2.1',
    CLIENT_2,
    {
      info: ['854100f60a634b657910', '854101f60a634b657910', '8540f60a6249560d'],
      senderKey: '321b26943253c7ffb6003b0b64d74041',
      recipientKey: 'e57b5635815177cd679ab4bcec9d7dda',
      commonIv: 'be35ae297d2dace910c52e99f9',
      nonces: ['bf35ae297d2dace910c52e99f9', 'bf35ae297d2dace810c52e99f9'],
    },
  ],
  [
    'C.2.2',
    mirrored(CLIENT_2),
    {
      info: ['854101f60a634b657910', '854100f60a634b657910', '8540f60a6249560d'],
      senderKey: 'e57b5635815177cd679ab4bcec9d7dda',
      recipientKey: '321b26943253c7ffb6003b0b64d74041',
      commonIv: 'be35ae297d2dace910c52e99f9',
      nonces: ['bf35ae297d2dace810c52e99f9', 'bf35ae297d2dace910c52e99f9'],
    },
  ],
  [
    'C.3.1',
    CLIENT_3,
    {
      info: [
        '85404837cbf3210017a2d30a634b657910',
        '8541014837cbf3210017a2d30a634b657910',
        '85404837cbf3210017a2d30a6249560d',
      ],
      senderKey: 'af2a1300a5e95788b356336eeecd2b92',
      recipientKey: 'e39a0c7c77b43f03b4b39ab9a268699f',
      commonIv: '2ca58fb85ff1b81c0b7181b85e',
      nonces: ['2ca58fb85ff1b81c0b7181b85e', '2da58fb85ff1b81d0b7181b85e'],
    },
  ],
  [
    'C.3.2',
    mirrored(CLIENT_3),
    {
      info: [
        '8541014837cbf3210017a2d30a634b657910',
        '85404837cbf3210017a2d30a634b657910',
        '85404837cbf3210017a2d30a6249560d',
      ],
      senderKey: 'e39a0c7c77b43f03b4b39ab9a268699f',
      recipientKey: 'af2a1300a5e95788b356336eeecd2b92',
      commonIv: '2ca58fb85ff1b81c0b7181b85e',
      nonces: ['2da58fb85ff1b81d0b7181b85e', '2ca58fb85ff1b81c0b7181b85e'],
    },
  ],
];

const nonceOf = (context: Context, id: Uint8Array, piv: number): string => {
  const nonce = new Uint8Array(13);
  nonceMake(nonce, context.commonIv, id, piv);
  return hexOf(nonce);
};

for (const [name, ids, wanted] of DERIVED)
  test(`${name}: keys, common IV and nonces`, (t) => {
    const { senderId, recipientId, idContext } = settingsOf(ids, memoryStore(0));
    const context = contextWith(ids);
    t.deepEqual(
      {
        info: [
          hexOf(contextInfo(senderId, idContext, 'Key', 16)),
          hexOf(contextInfo(recipientId, idContext, 'Key', 16)),
          hexOf(contextInfo(bytesOf(''), idContext, 'IV', 13)),
        ],
        senderKey: hexOf(context.senderKey),
        recipientKey: hexOf(context.recipientKey),
        commonIv: hexOf(context.commonIv),
        nonces: [nonceOf(context, senderId, 0), nonceOf(context, recipientId, 0)],
      },
      wanted,
    );
  });

interface Exchange {
  readonly plain: string;
  readonly associated: string;
  readonly nonce: string;
  readonly option: string;
  readonly sealed: string;
}

const REQUESTS: readonly (readonly [string, Ids, Exchange])[] = [
  [
    'C.4',
    CLIENT_1,
    {
      plain: '44015d1f00003974396c6f63616c686f737483747631',
      associated: '8368456e63727970743040488501810a40411440',
      nonce: '4622d4dd6d944168eefb549868',
      option: '0914',
      sealed: '44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e',
    },
  ],
  [
    'C.5',
    CLIENT_2,
    {
      plain: '440171c30000b932396c6f63616c686f737483747631',
      associated: '8368456e63727970743040498501810a4100411440',
      nonce: 'bf35ae297d2dace910c52e99ed',
      option: '091400',
      sealed: '440271c30000b932396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0',
    },
  ],
  [
    'C.6',
    CLIENT_3,
    {
      plain: '44012f8eef9bbf7a396c6f63616c686f737483747631',
      associated: '8368456e63727970743040488501810a40411440',
      nonce: '2ca58fb85ff1b81c0b7181b84a',
      option: '19140837cbf3210017a2d3',
      sealed: '44022f8eef9bbf7a396c6f63616c686f73746b19140837cbf3210017a2d3ff72cd7273fd331ac45cffbe55c3',
    },
  ],
];

const associatedOf = (kid: Uint8Array, piv: number): string => {
  const into = associatedNew();
  return hexOf(into.subarray(0, associatedMake(into, kid, piv)));
};

const valueOf = (piv: number, kid?: Uint8Array, kidContext?: Uint8Array): string => {
  const into = new Uint8Array(80);
  return hexOf(into.subarray(0, optionValueWrite(into, piv, kid, kidContext)));
};

for (const [name, ids, { plain, associated, nonce, option, sealed }] of REQUESTS)
  test(`${name}: a request, protected and unprotected`, (t) => {
    const client = contextWith(ids, memoryStore(20));
    t.is(associatedOf(client.senderId, 20), associated);
    t.is(nonceOf(client, client.senderId, 20), nonce);
    t.is(valueOf(20, client.senderId, client.idContext), option);
    const ours = oscoreWith(client);
    const out = through((m, into) => requestProtect(ours, 0, bindingNew(), m, into), bytesOf(plain));
    t.is(hexOf(bytesFrom(out)), sealed);
    const theirs = oscoreWith(contextWith(mirrored(ids)));
    const back = through((m, into) => requestUnprotect(theirs, bindingNew(), m, into), bytesOf(sealed));
    t.is(hexOf(bytesFrom(back)), plain);
  });

const ANSWER = '64455d1f00003974ff48656c6c6f20576f726c6421';
const RESPONSES: readonly (readonly [string, string])[] = [
  ['C.7', '64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106'],
  ['C.8, with a partial IV', '64445d1f00003974920100ff4d4c13669384b67354b2b6175ff4b8658c666a6cf88e'],
];

test('C.7 and C.8: the first answer to the request of C.4, and another one', (t) => {
  const client = oscoreWith(contextWith(CLIENT_1, memoryStore(20)));
  const server = oscoreWith(contextWith(mirrored(CLIENT_1)));
  const [asked, taken] = [bindingNew(), bindingNew()];
  const request = bytesFrom(
    through((m, into) => requestProtect(client, 0, asked, m, into), bytesOf(REQUESTS[0]![2].plain)),
  );
  bytesFrom(through((m, into) => requestUnprotect(server, taken, m, into), request));
  for (const [name, sealed] of RESPONSES) {
    const out = through((m, into) => responseProtect(server, taken, m, into), bytesOf(ANSWER));
    t.is(hexOf(bytesFrom(out)), sealed, name);
    const back = through((m, into) => responseUnprotect(client, asked, m, into), bytesOf(sealed));
    t.is(hexOf(bytesFrom(back)), ANSWER, name);
  }
});

test('section 5.4: the example of associated data', (t) => {
  t.is(associatedOf(bytesOf('00'), 0x25), '8368456e63727970743040498501810a4100412540');
});

// Section 6.3: value, partial IV, kid, kid context.
const VALUES: readonly (readonly [string, number, string | undefined, string | undefined])[] = [
  ['090525', 5, '25', undefined],
  ['0900', 0, '', undefined],
  ['19050544616c656b', 5, '', '44616c656b'],
  ['', -1, undefined, undefined],
  ['0107', 7, undefined, undefined],
];

for (const [value, piv, kid, kidContext] of VALUES)
  test(`section 6.3: option value 0x${value}`, (t) => {
    const bytesOrNot = (hex: string | undefined): Uint8Array | undefined =>
      hex === undefined ? undefined : bytesOf(hex);
    t.is(valueOf(piv, bytesOrNot(kid), bytesOrNot(kidContext)), value);
    const read = optionValueNew();
    const bytes = bytesOf(value);
    t.is(optionValueRead(read, bytes, 0, bytes.length), 0);
    t.is(read.piv, piv);
    t.is(read.hasKid ? hexOf(bytes.subarray(read.kidFrom, read.kidTo)) : undefined, kid);
    const found = bytes.subarray(read.kidContextFrom, read.kidContextTo);
    t.is(read.hasKidContext ? hexOf(found) : undefined, kidContext);
  });
