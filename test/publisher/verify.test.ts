import test from 'ava';
import {
  anchorOf,
  deviceCheck,
  envelopeRead,
  explain,
  pack,
  PublishError,
  verify,
  vendorIdentifier,
  classIdentifier,
} from '../../publisher/index.ts';
import type { DeviceProfile, PackOptions } from '../../publisher/index.ts';
import { sampleImage, seededKey } from './_keys.ts';

const vendor = vendorIdentifier('example.com');
const classId = classIdentifier(vendor, 'lamp');
const profile: DeviceProfile = {
  anchors: [anchorOf(seededKey(1)), anchorOf(seededKey(2))],
  vendor,
  classId,
  now: 1_700_000_000,
};
const base: PackOptions = { image: sampleImage(9000), vendor, classId, sequence: 3, keys: [seededKey(1)] };

const failures = (
  options: Partial<PackOptions>,
  device: Partial<DeviceProfile> = {},
): (string | undefined)[] => {
  const { envelope, payload } = pack({ ...base, ...options });
  const results = verify(envelopeRead(envelope), payload.length > 0 ? payload : undefined, {
    ...profile,
    ...device,
  });
  return results.filter((one) => !one.passed).map((one) => explain(one.code)?.name);
};

const small = sampleImage(700);
const cases: [
  name: string,
  options: Partial<PackOptions>,
  device: Partial<DeviceProfile>,
  expected: string[],
][] = [
  ['as it is', {}, {}, []],
  ['plain', { format: 'plain' }, {}, []],
  ['integrated', { format: 'integrated', image: small }, {}, []],
  ['one image for each slot', { image: [small, sampleImage(800)] }, { slot: 0 }, []],
  ['two signatures of two', { keys: [seededKey(1), seededKey(2)] }, { threshold: 2 }, []],
  ['one signature of two', {}, { threshold: 2 }, ['TooFewSignatures', 'TooFewSignatures']],
  ['a key that is no anchor', { keys: [seededKey(7)] }, {}, ['SignatureWrong', 'SignatureWrong']],
  ['another vendor', { vendor: 'other.com' }, {}, ['WrongVendor', 'WrongVendor']],
  ['another class', { classId: 'x' }, {}, ['WrongClass', 'WrongClass']],
  [
    'another device',
    { device: new Uint8Array(16) },
    { device: new Uint8Array(16).fill(1) },
    ['WrongDevice', 'WrongDevice'],
  ],
  ['expired', { expiry: 1_600_000_000 }, {}, ['Expired', 'Expired']],
  ['accepted already', {}, { accepted: 3 }, ['SequenceOld']],
  ['below the floor', { securityVersion: 1 }, { floor: 2 }, ['BelowFloor']],
  ['no room', {}, { slotSize: 8192 }, ['ImageTooLarge']],
  ['a window of 8 KB', { window: 8192 }, {}, ['WindowTooLarge']],
  ['a window of 8 KB, and a device that has it', { window: 8192 }, { window: 8192 }, []],
  ['a window of 1 KB', { window: 1024 }, {}, []],
  ['plain where framed is demanded', { format: 'plain' }, { framedOnly: true }, ['PlainImage']],
];
for (const [name, options, device, expected] of cases) {
  test(`${name}: ${expected[0] ?? 'taken'}`, (t) => {
    t.deepEqual(failures(options, device), expected);
  });
}

test('a payload that is not the one signed', (t) => {
  const { envelope, payload } = pack(base);
  payload[payload.length - 5] = (payload[payload.length - 5] as number) ^ 0x10;
  const failed = verify(envelopeRead(envelope), payload, profile).filter((one) => !one.passed);
  t.deepEqual(
    failed.map((one) => one.check),
    ['payload'],
  );
});

test('one bit of each byte of an envelope: publisher and device both refuse it', (t) => {
  const { envelope } = pack(base);
  for (let at = 0; at < envelope.length; at++) {
    const bad = envelope.slice();
    bad[at] = (bad[at] as number) ^ (1 << (at % 8));
    t.true(deviceCheck(bad, profile).code < 0, `device, byte ${at}`);
    try {
      t.true(
        verify(envelopeRead(bad), undefined, profile).some((one) => !one.passed && one.check !== 'agent'),
        `publisher, byte ${at}`,
      );
    } catch (error) {
      t.true(error instanceof PublishError, `byte ${at}: ${String(error)}`);
    }
  }
});
