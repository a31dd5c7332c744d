/** The picture of the README: `node dist/test/peers/chromium/screenshot.js [FILE] [light|dark] [WIDTH] [PLACE]`. */
import { browserOpen, watched } from './browser.ts';
import { fleetOpen } from './fleet.ts';

/** Stands in the titles of the releases. */
const RELEASES_PORT = 8008;
const HEIGHT = 900;
const [file = 'docs/status.png', colour = 'light', width = '1280', place = 'group=test-nodes'] =
  process.argv.slice(2);

const fleet = await fleetOpen(RELEASES_PORT);
const browser = await browserOpen();
try {
  await fleet.pumpsBegin();
  await fleet.lampsFail();
  const { page, wrong } = await watched(browser, `${fleet.gateway().status!}#${place}`, {
    viewport: { width: Number(width), height: HEIGHT },
    deviceScaleFactor: 1.5,
    colorScheme: colour === 'dark' ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  await page.getByText('is stopped in').first().waitFor();
  await page.locator('#rows tr').first().waitFor();
  await page.screenshot({ path: file, fullPage: true });
  console.log([file, ...wrong].join('; '));
} finally {
  await browser.close();
  await fleet.close();
}
