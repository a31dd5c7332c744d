/** A security context out of a key store: the keys of RFC 8613 appendix C.1 and C.3. */
import test from 'ava';
import { nodeIdentity } from '../../hal/node/identity/index.ts';
import { storedContext } from '../../hal/node/oscore.ts';
import { memoryStore, SALT, SECRET } from './_contexts.ts';
import { bytesOf, hexOf } from './_hex.ts';

const KEY_ID = bytesOf('a1');

const identityWith = (context: string) =>
  nodeIdentity({
    device: bytesOf('d1'),
    keys: [
      {
        kind: 'OSCORE',
        keyId: KEY_ID,
        secret: bytesOf(SECRET),
        oscore: {
          senderId: bytesOf(''),
          recipientId: bytesOf('01'),
          masterSalt: bytesOf(SALT),
          context: bytesOf(context),
        },
      },
    ],
  });

for (const [name, context, key, iv] of [
  ['C.1', '', 'f0910ed7295e6ad4b54fc793154302ff', '4622d4dd6d944168eefb54987c'],
  ['C.3', '37cbf3210017a2d3', 'af2a1300a5e95788b356336eeecd2b92', '2ca58fb85ff1b81c0b7181b85e'],
] as const)
  test(`${name}, ${context === '' ? 'without' : 'with'} an ID context`, (t) => {
    const identity = identityWith(context);
    const { senderKey, commonIv } = storedContext(identity, KEY_ID, memoryStore(0));
    t.deepEqual([hexOf(senderKey), hexOf(commonIv)], [key, iv]);
  });

test('a key that is not there', (t) => {
  t.throws(() => storedContext(identityWith(''), bytesOf('a2'), memoryStore(0)), { instanceOf: RangeError });
});
