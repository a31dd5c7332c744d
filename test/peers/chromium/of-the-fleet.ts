/** The page over a whole gateway, with simulated boards behind it. */
import type { Page } from 'playwright-core';
import type { GroupsDocument } from '../../../gateway/status/shapes.ts';
import { check, same } from '../_peer.ts';
import type { SuiteScenario } from '../_suite.ts';
import { TOKEN } from './fleet.ts';
import { shows, textOf, tried, until } from './stage.ts';
import type { Stage } from './stage.ts';

const group = (page: Page, name: string) =>
  page.locator('.group').filter({ has: page.getByRole('heading', { name, exact: true }) });

/** Left edge of a thing in the bar, as a share of the bar. */
const at = async (page: Page, name: string, thing: string): Promise<number> => {
  const bar = (await group(page, name).locator('.bar').boundingBox())!;
  const { x, width } = (await group(page, name).locator(thing).boundingBox())!;
  return (x + width / 2 - bar.x) / bar.width;
};

const near = (value: number, wanted: number, what: string): void =>
  check(Math.abs(value - wanted) < 0.01, `${what} at ${value.toFixed(3)} of the bar, not ${wanted}`);

const groupsOf = async (url: string): Promise<GroupsDocument['groups']> =>
  ((await (await fetch(`${url}api/groups`)).json()) as GroupsDocument).groups;

const bars: SuiteScenario<Stage> = [
  'groups as bars with their lines, what stopped one, who waits for it: as the API says',
  ({ browser, fleet }) => {
    const url = fleet.gateway().status!;
    return tried(browser, url, async (page) => {
      await shows(page.getByRole('heading', { level: 1 }), 'is stopped in test-nodes');
      await shows(page.locator('#subline'), 'hall and yard wait for test-nodes');
      const groups = await groupsOf(url);
      same(
        await page.locator('.group h3').allTextContents(),
        groups.map(({ name }) => name),
        'groups',
      );
      // Five of which one has failed, and none may: the line of failures is where the failed one begins.
      near(await at(page, 'test-nodes', '.failure-line'), 0.8, 'the failure line of test-nodes');
      near(await at(page, 'test-nodes', '.success-line'), 1, 'the success line of test-nodes');
      near(await at(page, 'hall', '.success-line'), 17 / 18, 'the success line of hall (0.9 of 18)');
      near(await at(page, 'hall', '.failure-line'), 16 / 18, 'the failure line of hall (10% of 18)');
      for (const { name, counts } of groups) {
        const parts = await group(page, name).locator('.part:visible').count();
        same(parts, Object.values(counts).filter((count) => count > 0).length, `parts of ${name}`);
      }
      const progress = group(page, 'pumps').getByRole('progressbar');
      same(
        [await progress.getAttribute('value'), await progress.getAttribute('max')],
        ['4', '8'],
        'progress of pumps',
      );
      await shows(group(page, 'test-nodes').locator('.reasons'), /t-1 went back\. -112 CheckFailed/);
      await shows(group(page, 'hall').locator('.reasons'), /18 wait: group test-nodes is stopped/);
      await shows(group(page, 'pumps').locator('.reasons'), /its partner pump-5 is under way/);
      return `${groups.length} groups`;
    });
  },
];

const devices: SuiteScenario<Stage> = [
  'devices with version, state, reason, times and battery; filtered; one in detail, by keyboard',
  ({ browser, fleet }) =>
    tried(browser, `${fleet.gateway().status!}#state=trouble`, async (page) => {
      const rows = page.locator('#rows tr');
      await until('what needs a look', async () => (await rows.count()) === 2);
      await shows(rows, /t-1test-nodeswent back41 → 42went back\. -112 CheckFailed/);
      await shows(rows, /hall-7hallwaiting41 → 42group test-nodes is stopped.*2 reports refused/);
      await shows(rows, /(now|\d+ (s|min) ago)in \d+ min\d\d %/);
      await page.getByRole('searchbox', { name: 'Id' }).fill('pump-1');
      await page.getByRole('combobox', { name: 'State' }).selectOption('');
      await until('pumps that begin so', async () => (await rows.count()) === 2);
      await shows(rows, /pump-1pumpsconfirmed18.*\d\d %/);
      await page.goto(`${fleet.gateway().status!}#search=t-1`);
      const link = page.getByRole('link', { name: 't-1', exact: true });
      await link.focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 't-1' });
      await shows(dialog, 'It runs sequence 41, confirmed. The new image did not prove itself');
      await shows(dialog, 'check that failed');
      await page.keyboard.press('Escape');
      await until('the dialog is closed', async () => !(await dialog.isVisible()));
      same(await page.evaluate('document.activeElement.textContent'), 't-1', 'focus after the dialog');
      // The browser hides a dialog before it says so to the page.
      await until('the address names no device', () => !page.url().includes('device='));
      await page.goto(`${fleet.gateway().status!}#device=hall-7`);
      await shows(page.getByRole('dialog', { name: 'hall-7' }), /2 reports of it did not hold/);
    }),
];

const landmarks: SuiteScenario<Stage> = [
  'landmarks, headings, a table with headers: what assistive technology is told',
  ({ browser, fleet }) =>
    tried(browser, fleet.gateway().status!, async (page) => {
      await shows(page.locator('#rows'), 'hall-1');
      const tree = await page.locator('body').ariaSnapshot();
      for (const part of [
        'banner',
        'main',
        'complementary "Gateway"',
        'navigation "Pages of devices"',
        'search "Devices"',
        'table "Devices"',
        'columnheader "Next wake"',
        'rowheader "hall-1"',
        'button "Resume test-nodes"',
        'progressbar "Store in use"',
        'heading "Groups" [level=2]',
      ])
        check(tree.includes(part), `no ${part} in\n${tree.slice(0, 1500)}`);
      await page.keyboard.press('Tab');
      same(await page.evaluate('document.activeElement.textContent'), 'Skip to the devices', 'first by Tab');
    }),
];

const command: SuiteScenario<Stage> = [
  'pause and resume by token, which is asked for once and kept nowhere; live, without a reload',
  ({ browser, fleet }) =>
    tried(
      browser,
      fleet.gateway().status!,
      async (page) => {
        await page.evaluate('window.sameDocument = true');
        const pumps = group(page, 'pumps');
        const dialog = page.getByRole('dialog');
        await pumps.getByRole('button', { name: 'Pause pumps' }).click();
        await dialog.getByLabel('Token of the gateway').fill('wrong-token-of-somebody');
        await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
        await shows(dialog.getByRole('alert'), 'That is not the token.');
        same(
          (await groupsOf(fleet.gateway().status!)).find(({ name }) => name === 'pumps')!.paused,
          false,
          'paused',
        );
        await dialog.getByLabel('Token of the gateway').fill(TOKEN);
        await page.keyboard.press('Enter');
        await shows(pumps, 'Paused by hand');
        same(
          (await groupsOf(fleet.gateway().status!)).find(({ name }) => name === 'pumps')!.paused,
          true,
          'paused',
        );
        await pumps.getByRole('button', { name: 'Resume pumps' }).click();
        check(!(await dialog.getByLabel('Token of the gateway').isVisible()), 'the token is asked for again');
        await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
        await until('resumed', async () => !(await textOf(pumps)).includes('Paused'));
        same(
          await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length'),
          0,
          'stored',
        );
        check(
          !(await page.content()).includes(TOKEN) && !page.url().includes(TOKEN),
          'the token is in the page',
        );
        await page.getByRole('button', { name: 'Forget the token' }).click();
        await pumps.getByRole('button', { name: 'Pause pumps' }).click();
        check(await dialog.getByLabel('Token of the gateway').isVisible(), 'the token was not forgotten');
        same(await page.evaluate('window.sameDocument'), true, 'the document that was there first');
      },
      {},
      // The browser says of the wrong token that there was a 401.
      /status of 401/,
    ),
];

const live: SuiteScenario<Stage> = [
  'a board that confirms is shown without a reload; the reader of rows stays where it was',
  ({ browser, fleet }) =>
    tried(browser, `${fleet.gateway().status!}#group=pumps`, async (page) => {
      const row = page.locator('#rows tr').filter({ hasText: 'pump-7' });
      await shows(row, 'staged');
      await page.evaluate('window.sameDocument = true');
      await row.getByRole('link').focus();
      await page.evaluate(`window.row = document.activeElement.closest('tr')`);
      await fleet.until('pump-7 confirms', ['pump-7'], () => fleet.sequenceOf('pump-7') === 18);
      await fleet.wake('pump-7');
      await shows(row, 'confirmed');
      await shows(group(page, 'pumps'), '5 confirmed');
      same(await page.evaluate('window.sameDocument'), true, 'the document that was there first');
      same(await page.evaluate('document.activeElement.textContent'), 'pump-7', 'focus');
      same(
        await page.evaluate(`document.activeElement.closest('tr') === window.row`),
        true,
        'the row from before',
      );
    }),
];

export const OF_THE_FLEET: readonly SuiteScenario<Stage>[] = [bars, devices, landmarks, command, live];
