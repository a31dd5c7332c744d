/** Reports and statements (docs/SPEC.md section 13), with pycose: what each makes, the other verifies. */
import { openFreeze } from '../../agent/freeze.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { isMac } from '../../hal/identity/algorithms.ts';
import { coseAlgorithm, keyGenerate, keyParse } from '../../publisher/keys.ts';
import { statementRead, statementWrite } from '../../publisher/statement.ts';
import type { StatementFacts } from '../../publisher/statement.ts';
import { reportAlgorithms } from '../../publisher/report-key.ts';
import type { ReportAlgorithm } from '../../publisher/report-key.ts';
import { reportVerify } from '../../publisher/report.ts';
import { ALGORITHMS, factsOf, reported, reportKeyOf } from '../identity/_reports.ts';
import { check, same } from './_peer.ts';
import type { Scenario } from './_peer.ts';
import { python } from './_python.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** -19 and -9 are registered as what they are: EdDSA and ES256 under other numbers. */
const PRELUDE = `import json, sys, cbor2
from pycose.algorithms import CoseAlgorithm, EdDSA, Es256, HMAC256, HMAC25664
from pycose.headers import Algorithm, KID
from pycose.keys import EC2Key, OKPKey, SymmetricKey
from pycose.keys.curves import Ed25519, P256
from pycose.messages import CoseMessage, Mac0Message, Sign1Message
@CoseAlgorithm.register_attribute()
class Ed25519Specified(EdDSA):
    identifier = -19
    fullname = 'ED25519SPECIFIED'
@CoseAlgorithm.register_attribute()
class Esp256(Es256):
    identifier = -9
    fullname = 'ESP256'
given = json.load(sys.stdin)
out = lambda v: print(json.dumps(v))
algs = {-19: Ed25519Specified, -9: Esp256, 5: HMAC256, 4: HMAC25664}
def public(k):
    return OKPKey(crv=Ed25519, x=k) if len(k) == 32 else EC2Key(crv=P256, x=k[1:33], y=k[33:])
def right(message):
    return message.verify_tag() if isinstance(message, Mac0Message) else message.verify_signature()
`;

/** Whether the message holds, its algorithm, its key id and what its payload has under a few keys. */
const VERIFY = `${PRELUDE}
message = CoseMessage.decode(bytes.fromhex(given['message']))
k = bytes.fromhex(given['key'])
message.key = SymmetricKey(k=k) if given['mac'] else public(k)
holds = right(message)
payload = cbor2.loads(message.payload)
plain = lambda v: v.hex() if isinstance(v, bytes) else [plain(x) for x in v] if isinstance(v, list) else v
out([holds, message.phdr[Algorithm].identifier, message.phdr[KID].hex(), [plain(payload.get(at)) for at in given['fields']]])`;

const verified = (message: Uint8Array, key: Uint8Array, mac: boolean, fields: number[]): unknown =>
  python(VERIFY, { message: hex(message), key: hex(key), mac, fields });

const oursReport = (algorithm: ReportAlgorithm): string => {
  const number = reportAlgorithms[algorithm];
  const key = reportKeyOf(algorithm);
  const bytes = reported(algorithm, factsOf({ nonce: new Uint8Array(8).fill(5) }));
  const fields = [2, 99, -259, -257];
  const facts = ['0505050505050505', ['', [-16, '66'.repeat(32)]], 41, 1];
  const row = [number, hex(key.keyId!), facts];
  same(verified(bytes, key.key, isMac(number), fields), [true, ...row], 'as it was sent');
  const changed = bytes.slice();
  changed[changed.length - 1]! ^= 1;
  same(verified(changed, key.key, isMac(number), fields), [false, ...row], 'with a bit changed');
  return `${bytes.length} bytes; refused with a bit changed`;
};

/** The report of one of ours, proven anew by pycose with a key of its own. */
const SIGN = `${PRELUDE}
alg = algs[given['algorithm']]
if given['mac']:
    key = SymmetricKey.generate_key(key_len=32)
    message = Mac0Message(phdr={Algorithm: alg, KID: b'peer'}, payload=bytes.fromhex(given['payload']))
    public_key = key.k
else:
    key = OKPKey.generate_key(crv=Ed25519) if given['algorithm'] == -19 else EC2Key.generate_key(crv=P256)
    message = Sign1Message(phdr={Algorithm: alg, KID: b'peer'}, payload=bytes.fromhex(given['payload']))
    public_key = key.x if isinstance(key, OKPKey) else b'\\x04' + key.x + key.y
message.key = key
out({'message': message.encode().hex(), 'key': public_key.hex()})`;

const theirs = (algorithm: number, payload: Uint8Array): { message: Uint8Array; key: Uint8Array } => {
  const made = python(SIGN, { algorithm, mac: isMac(algorithm), payload: hex(payload) });
  const { message, key } = made as { message: string; key: string };
  return { message: bytesOf(message), key: bytesOf(key) };
};

const theirReport = (algorithm: ReportAlgorithm): string => {
  const { message: own } = reportVerify(reported(algorithm), reportKeyOf(algorithm));
  const { message, key } = theirs(reportAlgorithms[algorithm], own.payload);
  const keyId = new TextEncoder().encode('peer');
  same(reportVerify(message, { algorithm, keyId, key }, { after: 40 }).counter, 41, 'counter');
  const changed = message.slice();
  changed[60]! ^= 1;
  let refused = false;
  try {
    reportVerify(changed, { algorithm, keyId, key });
  } catch {
    refused = true;
  }
  check(refused, 'taken with a bit changed');
  return 'refused with a bit changed';
};

const ID = new Uint8Array(16).fill(0x11);
const facts: StatementFacts = {
  vendor: ID,
  classId: ID,
  sequence: 7,
  securityVersion: 0,
  manifestDigest: new Uint8Array(32).fill(0xd1),
  issued: 1_800_000_000,
  expires: 1_800_086_400,
};

const statements = (algorithm: 'ed25519' | 'esp256'): string => {
  const key = keyParse(keyGenerate(algorithm), 'made here');
  const number = coseAlgorithm[algorithm];
  const bytes = statementWrite(facts, key);
  const row = [number, hex(key.keyId), [7, '11'.repeat(16), 'd1'.repeat(32)]];
  same(verified(bytes, key.key, false, [4, 2, 6]), [true, ...row], 'ours');
  const { message, key: peer } = theirs(number, statementRead(bytes).message.payload);
  const anchors = [{ keyId: new TextEncoder().encode('peer'), algorithm: number, key: peer }];
  const clock = { now: () => facts.issued + 5, trusted: () => true };
  const freeze = openFreeze({ crypto: nodeCrypto(), clock }, { vendor: ID, classId: ID, anchors });
  same(freeze.judge(message, 0, message.length, 7, facts.manifestDigest), 0, 'theirs');
  message[message.length - 1]! ^= 1;
  check(freeze.judge(message, 0, message.length, 7, facts.manifestDigest) < 0, 'taken with a bit changed');
  return `${bytes.length} bytes; theirs refused with a bit changed`;
};

export const reportScenarios: readonly Scenario[] = [
  ...ALGORITHMS.map((algorithm) => ({
    name: `verifies our report, ${algorithm} (${reportAlgorithms[algorithm]})`,
    run: () => oursReport(algorithm),
  })),
  ...ALGORITHMS.map((algorithm) => ({
    name: `its report holds for us, ${algorithm} (${reportAlgorithms[algorithm]})`,
    run: () => theirReport(algorithm),
  })),
  ...(['ed25519', 'esp256'] as const).map((algorithm) => ({
    name: `statements, both ways, ${algorithm}`,
    run: () => statements(algorithm),
  })),
];
