/** What the scenarios share: a browser, and ways to a status page with or without a whole gateway behind it. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { openStatus } from '../../../gateway/status/index.ts';
import type { Rooms, Status } from '../../../gateway/status/index.ts';
import { check } from '../_peer.ts';
import { watched } from './browser.ts';
import type { Watched } from './browser.ts';
import type { FleetScene } from './fleet.ts';

export interface Stage {
  readonly browser: Browser;
  readonly fleet: FleetScene;
}

/** Of a look at the page for what is to come. */
const PATIENCE = 25_000;

export const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const end = Date.now() + PATIENCE; !(await holds());) {
    check(Date.now() < end, `${what}: never`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};

export const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? '';

export const shows = (locator: Locator, words: string | RegExp): Promise<void> =>
  until(`"${words}" on the page`, async () => {
    const text = (await locator.allTextContents()).join('\n');
    return typeof words === 'string' ? text.includes(words) : words.test(text);
  });

/** Opens a page, lets it be tried, and holds that nothing went wrong in the browser. */
export const tried = async (
  browser: Browser,
  url: string,
  run: (page: Page, seen: Watched) => Promise<string | void>,
  options: BrowserContextOptions = {},
  expected?: RegExp,
): Promise<string> => {
  const seen = await watched(browser, url, options, expected);
  try {
    const remark = await run(seen.page, seen);
    check(seen.wrong.length === 0, seen.wrong.join('; '));
    return remark ?? '';
  } finally {
    await seen.close();
  }
};

/** A status page over rooms in memory. */
export const overRooms = async (
  rooms: Rooms,
  run: (status: Status) => Promise<string>,
  more: { readonly token?: string; readonly port?: number; readonly pulse?: number } = {},
): Promise<string> => {
  const status = await openStatus({ ...rooms, port: 0, gather: 20, pulse: 200, ...more });
  try {
    return await run(status);
  } finally {
    await status.close();
  }
};
