/** Fleets as large as one process is to take. */
import test from 'ava';
import { ETHERNET, NB_IOT, WIFI } from '../../hal/links/index.ts';
import { membersOf } from '../../publisher/fleet/members.ts';
import { fleetBehind, told } from '../fleet/_scene.ts';

const MEGABYTE = 1_000_000;
const SPAN = 1200;

test('1,000 devices behind a gateway, one in twenty failing: each as it should, and none takes a megabyte', async (t) => {
  // Where all had to succeed, one that fails would hold back all behind it.
  const plan = [
    { name: 'test', devices: ['test-*'], success: 0.5, failures: '50%' },
    { name: 'field', devices: ['field-*'], after: ['test'], failures: '50%' },
  ];
  const members = membersOf(1000, 'test:100,field');
  const { fleet, server } = await fleetBehind(t, plan, { members, fail: 0.05, speed: 120, span: SPAN });
  const { verdicts, settled, grown } = await fleet.run();
  t.true(settled);
  for (const verdict of verdicts) t.true(verdict.right && !verdict.untouched, told(verdict));
  t.is(verdicts.filter(({ runs }) => runs === 'old').length, 50);
  t.true(grown / members.length <= MEGABYTE, `${grown / members.length} bytes a device`);
  t.true(server.asked.filter((line) => !line.includes('latest.json')).length <= 6, server.asked.join('\n'));
});

test('200 devices over slow links and fast ones, which lose', async (t) => {
  const plan = [{ name: 'all', devices: ['*'], failures: '50%' }];
  const members = membersOf(200, 'lamp');
  const links = [NB_IOT, WIFI, { ...ETHERNET, loss: 0.05 }];
  const { fleet } = await fleetBehind(t, plan, { members, links, fail: 0.1, speed: 60, span: SPAN });
  const { verdicts, settled } = await fleet.run();
  t.true(settled);
  for (const verdict of verdicts) t.true(verdict.right && !verdict.untouched, told(verdict));
  t.true(verdicts.some(({ device }) => device.counts.lost > 0));
});
