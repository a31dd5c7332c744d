/** The page over rooms in memory: hostile words, a server that goes and comes, a thousand devices, narrow windows. */
import { openStatus } from '../../../gateway/status/index.ts';
import { HOSTILE, statusRooms } from '../../gateway/_status-rooms.ts';
import { check, same } from '../_peer.ts';
import type { SuiteScenario } from '../_suite.ts';
import { fleetRooms } from './rooms.ts';
import { overRooms, shows, tried, until } from './stage.ts';
import type { Stage } from './stage.ts';

const THOUSAND = 1000;
const NARROW = { viewport: { width: 320, height: 700 } };

/** Text whose contrast with what is behind it (WCAG 2.2, 1.4.3) is below 4.5 to 1. Colours are opaque here. */
const FAINT = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => channels(colour).slice(0, 3)
    .map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) > 0) return colour;
    }
  };
  const faint = [];
  let looked = 0;
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim() !== '');
    if (!own || !node.checkVisibility() || node.matches(':disabled, .skip, option')) continue;
    looked += 1;
    const [one, other] = [light(getComputedStyle(node).color), light(behind(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) faint.push(node.tagName + '.' + node.className + ' ' + ratio.toFixed(2));
  }
  return looked < 50 ? ['only ' + looked + ' texts'] : faint;
})()`;

const hostile: SuiteScenario<Stage> = [
  'what devices and servers write is shown as text, and nothing of it runs',
  ({ browser }) => {
    const rooms = statusRooms();
    rooms.change('lamp-2', { refusedReports: 2, refusal: HOSTILE });
    const device = rooms.inventory.device('lamp-10')!;
    const record = rooms.inventory.device('lamp-2')!.work!;
    const work = { ...record, words: HOSTILE, work: { ...record.work, title: HOSTILE } };
    rooms.change('lamp-10', { claims: { ...device.claims!, link: HOSTILE }, work });
    return overRooms(rooms, (status) =>
      tried(browser, status.url, async (page, seen) => {
        await shows(page.locator('#headline'), '<img src=x onerror=alert(1)>');
        await shows(page.locator('#rows'), '<img src=x onerror=alert(1)>');
        await page.goto(`${status.url}#device=lamp-10`);
        await shows(page.locator('#device-body'), '<img src=x onerror=alert(1)>');
        await page.goto(`${status.url}#device=lamp-2`);
        await shows(page.locator('#device-body'), /did not hold.*<img/);
        await page.goto(`${status.url}#group=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
        await shows(page.locator('#none'), 'No device fits');
        same(await page.locator('img, iframe, object, svg').count(), 0, 'elements out of words');
        // That the watch would have told: the page itself is made to try.
        await page.evaluate(
          `document.body.append(Object.assign(document.createElement('img'), { src: 'http://elsewhere.invalid/x' }))`,
        );
        await until('the policy tells', () => seen.wrong.some((one) => one.includes('img-src')));
        const sink = await page.evaluate(
          `(() => { try { document.body.innerHTML = '<b>'; return 'taken'; } catch (error) { return error.name; } })()`,
        );
        same(sink, 'TypeError', 'a sink of markup');
        const before = seen.wrong.splice(0);
        check(
          before.every((one) => /img-src|elsewhere|require-trusted-types|TrustedHTML/.test(one)),
          before.join('; '),
        );
      }),
    );
  },
];

const restart: SuiteScenario<Stage> = [
  'a gateway that goes away is said, with how old the page is; one that comes back is found',
  async ({ browser }) => {
    const rooms = statusRooms();
    const first = await openStatus({ ...rooms, port: 0, gather: 20, pulse: 200 });
    const port = Number(new URL(first.url).port);
    let second: Awaited<ReturnType<typeof openStatus>> | undefined;
    try {
      return await tried(
        browser,
        first.url,
        async (page) => {
          await shows(page.locator('#line'), 'live');
          check(!(await page.locator('#lost').isVisible()), 'lost from the start');
          await page.evaluate('window.sameDocument = true');
          await first.close();
          await shows(page.locator('#line'), 'not connected');
          await shows(
            page.getByRole('alert'),
            /Not connected to the gateway\. What you see is of \d\d:\d\d:\d\d/,
          );
          const stood = await page.locator('#gateway').textContent();
          rooms.change('lamp-10', { refusedReports: 7 });
          await new Promise((resolve) => setTimeout(resolve, 2500));
          same(
            await page.locator('#gateway').textContent(),
            stood,
            'what was last heard, some seconds later',
          );
          second = await openStatus({ ...rooms, port, gather: 20, pulse: 200 });
          await shows(page.locator('#line'), 'live');
          await shows(page.locator('#rows'), '7 reports refused');
          await until('no alarm', async () => !(await page.locator('#lost').isVisible()));
          same(await page.evaluate('window.sameDocument'), true, 'the document that was there first');
          rooms.change('lamp-10', { refusedReports: 8 });
          await shows(page.locator('#rows'), '8 reports refused');
        },
        {},
        /ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)/,
      );
    } finally {
      await first.close();
      await second?.close();
    }
  },
];

const large: SuiteScenario<Stage> = [
  `${THOUSAND} devices: a page of them at a time, and changes of all of them`,
  ({ browser }) => {
    const rooms = fleetRooms(THOUSAND);
    return overRooms(rooms, (status) =>
      tried(browser, status.url, async (page) => {
        const rows = page.locator('#rows tr');
        await shows(page.locator('#page'), '1 to 50 of 1,000 devices');
        same(await rows.count(), 50, 'rows');
        await page.getByRole('button', { name: 'Next' }).click();
        await shows(page.locator('#page'), '51 to 100 of 1,000 devices');
        await page.goBack();
        await shows(page.locator('#page'), '1 to 50 of 1,000 devices');
        await page.evaluate(`window.longest = 0; new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
        }).observe({ entryTypes: ['longtask'] })`);
        for (let round = 1; round <= 10; round++) {
          for (let at = 0; at < THOUSAND; at++) rooms.change(at, round);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        await shows(rows.first(), 'sensor-000field-0confirmed');
        await shows(page.locator('#figures'), /1,000confirmed|confirmed1,000/);
        same(await rows.count(), 50, 'rows');
        const nodes = Number(await page.evaluate(`document.getElementsByTagName('*').length`));
        check(nodes < 2500, `${nodes} elements`);
        const longest = Math.round(Number(await page.evaluate('window.longest')));
        return `${nodes} elements; all changed ten times in a second: ${longest === 0 ? 'no task over 50 ms' : `longest task ${longest} ms`}`;
      }),
    );
  },
];

const narrow: SuiteScenario<Stage> = [
  'dark and light: text with enough contrast; 320 pixels: nothing wider than the window; no motion where none is wanted',
  async ({ browser, fleet }) => {
    const url = fleet.gateway().status!;
    for (const colorScheme of ['light', 'dark'] as const) {
      const options = { ...NARROW, colorScheme, reducedMotion: 'reduce' as const };
      await tried(
        browser,
        `${url}#state=trouble`,
        async (page) => {
          await shows(page.locator('#rows'), 't-1');
          const wide = await page.evaluate(`[...document.querySelectorAll('body *')].filter((node) =>
            node.getBoundingClientRect().right > innerWidth + 1 && !node.closest('.skip, .unseen')).map((node) => node.className)`);
          same(wide, [], 'wider than the window');
          same(await page.evaluate(FAINT), [], 'faint text');
          await page.evaluate(
            `document.getElementById('subline').style.color = getComputedStyle(document.documentElement).backgroundColor`,
          );
          check(((await page.evaluate(FAINT)) as string[]).length === 1, 'faint text is not found');
          same(await page.evaluate('document.documentElement.scrollWidth'), NARROW.viewport.width, 'width');
          await page.goto(`${url}#device=t-1`);
          await shows(page.locator('#device-body'), 'What it proves');
          same(
            await page.evaluate(`document.getElementById('device').scrollWidth <= innerWidth`),
            true,
            'detail fits',
          );
          const background = await page.evaluate(
            'getComputedStyle(document.documentElement).backgroundColor',
          );
          same(background, colorScheme === 'dark' ? 'rgb(19, 21, 23)' : 'rgb(251, 251, 249)', 'paper');
          same(
            await page.evaluate(`getComputedStyle(document.querySelector('.part')).transitionDuration`),
            '0s',
            'motion',
          );
        },
        options,
      );
    }
    return '';
  },
];

const off: SuiteScenario<Stage> = [
  'without a token nothing can be commanded, and no button says that it could',
  ({ browser }) =>
    overRooms(statusRooms(), (status) =>
      tried(browser, status.url, async (page) => {
        await shows(page.locator('#rows'), 'lamp-2');
        await shows(page.locator('#gateway'), 'hawkbit');
        same(await page.locator('.group button:visible').count(), 0, 'buttons');
      }),
    ),
];

export const OF_ROOMS: readonly SuiteScenario<Stage>[] = [hostile, restart, large, narrow, off];
