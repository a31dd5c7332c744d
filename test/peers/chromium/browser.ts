/** A real browser, of Debian, with nothing downloaded: what its pages do wrong is written down. */
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export const CHROMIUM: string = process.env['FLIPSIDE_CHROMIUM'] ?? '/usr/bin/chromium';

/** As root its sandbox does not start; a small /dev/shm would end it. */
export const browserOpen = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });

export interface Watched {
  readonly page: Page;
  /** Errors, warnings, exceptions, requests to elsewhere, and what the policy kept out. */
  readonly wrong: string[];
  close(): Promise<void>;
}

/** Before any script of the page: what its policy keeps out is told to who watches. */
const TELL = `addEventListener('securitypolicyviolation', (event) =>
  told('policy: ' + event.violatedDirective + ' ' + event.blockedURI));`;

/** `expected`: words of what a scenario brings about itself, such as a refused connection. */
export const watched = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  expected: RegExp = /^$/,
): Promise<Watched> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const wrong: string[] = [];
  const tell = (words: string): void => {
    if (!expected.test(words)) wrong.push(words);
  };
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) tell(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => tell(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    tell(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const { origin } = new URL(url);
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) tell(`request: ${request.url()}`);
  });
  await page.exposeFunction('told', tell);
  await page.addInitScript(TELL);
  await page.goto(url);
  return { page, wrong, close: () => context.close() };
};
