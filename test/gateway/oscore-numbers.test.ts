/** Ids of security contexts, and the numbers of a gateway that loses its file, or its clock. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { GatewayConfig } from '../../gateway/config/config.ts';
import { oscoreNumbersOpen, oscoreSecretNew } from '../../gateway/config/oscore.ts';
import type { Secrets } from '../../gateway/config/secrets.ts';
import { DeviceContexts } from '../../gateway/downstream/oscore.ts';
import { enrolled } from './_oscore.ts';
import type { Enrolled } from './_oscore.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-numbers-'));
test.after.always(() => rmSync(work, { recursive: true, force: true }));

test('ids of contexts: short, each once, and the gap of one that left is filled', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 600 }), (draws) => {
      const secrets: Secrets = { version: 1, devices: {} };
      draws.forEach((draw, at) => {
        const ids = Object.keys(secrets.devices);
        if (draw === 0 && ids.length > 0) delete secrets.devices[ids[at % ids.length]!];
        else secrets.devices[`d${at}`] = { oscore: oscoreSecretNew(secrets) };
      });
      const found = Object.values(secrets.devices).map(({ oscore }) => oscore!.recipientId);
      t.is(new Set(found).size, found.length);
      t.true(found.every((id) => id.length === 2 || found.length > 200));
    }),
    { numRuns: 20 },
  );
});

test('two devices under one id are refused', (t) => {
  const [one] = enrolled('d1') as [Enrolled];
  const key = one.gatewayKey;
  const contexts = ['a', 'b'].map((device) => ({ device, key }));
  t.throws(() => new DeviceContexts({ contexts, numbers: { next: () => 1 }, each: 4, open: false }), {
    message: 'a and b send under one id of OSCORE',
  });
});

test('numbers rise by the file or by the clock, whatever becomes of one of them', (t) => {
  const config = { folder: mkdtempSync(join(work, 'numbers-')) } as GatewayConfig;
  const file = join(config.folder, 'oscore.numbers');
  const start = Date.UTC(2026, 10, 27);
  const life = (now: number): number[] => {
    const ledger = oscoreNumbersOpen(config, now);
    return Array.from({ length: 100 }, () => ledger.next());
  };
  const given = life(start);
  const higher = (now: number): void => {
    const next = life(now);
    t.true(next[0]! > given.at(-1)!, `${next[0]} after ${given.at(-1)}`);
    given.push(...next);
  };
  const backup = readFileSync(file);
  higher(start + 1);
  higher(0);
  writeFileSync(file, backup);
  higher(start + 60_000);
  rmSync(file);
  higher(start + 120_000);
  t.deepEqual(
    given,
    [...given].sort((a, b) => a - b),
  );
  writeFileSync(file, 'altered');
  t.throws(() => life(start), { message: /are altered\. Look that the clock is right, and delete the file/ });
  rmSync(file);
  t.throws(() => life(0), {
    message: /are not there, and the clock says 1970-01-01T00:00:00\.000Z\. Set the clock/,
  });
  t.throws(() => life(Date.UTC(2300, 0)), { message: /Set the clock/ });
});
