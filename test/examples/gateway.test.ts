/** examples/gateway: the configuration as the gateway reads it, and the unit as systemd does. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { configLoad } from '../../gateway/config/config.ts';
import { devicesLoad } from '../../gateway/config/devices.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import { anchorOf, anchorText, keyParse } from '../../publisher/index.ts';
import { seededPem } from '../publisher/_keys.ts';

/** Of systemd-analyze security: 0 is nothing, 10 all. */
const EXPOSURE_MAX = 2;

const copied = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-example-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync('examples/gateway', folder, { recursive: true });
  return folder;
};

test('the gateway reads configuration and devices, and each device has its group', (t) => {
  const folder = copied(t);
  for (const [name, seed] of [
    ['release', 1],
    ['spare', 2],
  ] as const)
    writeFileSync(join(folder, `${name}.anchor.json`), anchorText(anchorOf(keyParse(seededPem(seed), name))));
  const config = configLoad(join(folder, 'gateway.json'));
  t.is(config.anchors.length, 2);
  t.is(config.secrets, join(folder, 'gateway.secrets'));
  const { of } = groupsOf(config.plan, devicesLoad(config.devices));
  t.deepEqual(Object.fromEntries(of), {
    'test-1': 'test-nodes',
    'sensor-1': 'sensors',
    'pump-1': 'pumps',
    'pump-2': 'pumps',
    'door-sensor': 'sensors',
  });
});

const analyze = (...args: string[]): { status: number | null; said: string } | undefined => {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return error === undefined ? { status, said: `${stdout}${stderr}` } : undefined;
};

test('systemd takes the unit, and finds little in it that is exposed', (t) => {
  const folder = copied(t);
  const unit = join(folder, 'flipside-gateway.service');
  // The command has to be there, and whether it is installed does not matter.
  writeFileSync(unit, readFileSync(unit, 'utf8').replace('/usr/bin/flipside', process.execPath));
  const verified = analyze('verify', '--man=no', unit);
  if (verified === undefined) {
    t.log('skipped: there is no systemd-analyze; bash test/peers/install.sh brings it');
    t.pass();
    return;
  }
  t.is(verified.status, 0, verified.said);
  t.is(verified.said, '');
  const { said } = analyze('security', '--offline=true', '--no-pager', unit)!;
  const exposure = Number(/Overall exposure level for \S+: (\d+\.\d+)/.exec(said)?.[1]);
  t.log(`exposure ${exposure}`);
  t.true(exposure <= EXPOSURE_MAX, said);
});
