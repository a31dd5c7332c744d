import test from 'ava';
import {
  blockExponentOf,
  LINK_SOURCES,
  LINKS,
  rateFloorOf,
  retryLimitsOf,
  timeoutOf,
} from '../../hal/links/index.ts';
import type { LinkProfile } from '../../hal/links/index.ts';

test('the links that devices have', (t) => {
  t.deepEqual(
    LINKS.map(({ name }) => name),
    ['bluetooth-le', '802.15.4', 'dect-ule', '802.11ah', 'wifi', 'nb-iot', 'lte-m', 'nfc', 'ethernet'],
  );
});

for (const link of LINKS) {
  test(`${link.name}: each figure has a source, and no source is without its figure`, (t) => {
    const { name, ...figures } = link;
    const sources = LINK_SOURCES[name]!;
    t.deepEqual(Object.keys(sources).sort(), Object.keys(figures).sort());
    for (const [figure, source] of Object.entries(sources)) {
      t.true(source.length > 5, figure);
      t.true(Number.isFinite(figures[figure as keyof typeof figures]), figure);
    }
  });

  test(`${link.name}: figures that go together`, (t) => {
    t.is(16 << blockExponentOf(link), link.block);
    t.true(link.block + 40 < link.mtu, 'a block and its headers are one packet');
    t.true(link.window >= 1 && link.window <= 16);
    t.true(link.loss >= 0 && link.loss < 0.5);
    t.true(link.dutyCycle > 0 && link.dutyCycle <= 1);
    t.true(link.roundTrip > 0 && link.rate > 0);
    for (const least of ['energyPerByte', 'energyPerWake', 'idlePower', 'overhead'] as const)
      t.true(link[least] >= 0, least);
  });

  test(`${link.name}: a server that gives what the link carries is never too slow, and a round trip never too late`, (t) => {
    const { bytes, window } = rateFloorOf(link);
    t.true(bytes > 0 && bytes <= (link.rate * link.dutyCycle * window) / 1000 / 10);
    const { first, longest } = retryLimitsOf(link);
    t.true(first >= 2 * link.roundTrip && longest >= 4 * first);
    t.true(timeoutOf(link) >= 8 * link.roundTrip);
  });
}

test('a block that is no power of two is rounded down', (t) => {
  const blocks: readonly (readonly [number, number])[] = [
    [16, 0],
    [31, 0],
    [32, 1],
    [1000, 5],
    [4096, 6],
  ];
  for (const [block, exponent] of blocks)
    t.is(blockExponentOf({ ...LINKS[0], block } as LinkProfile), exponent);
});
