/** The picture of the README: `node dist/test/peers/chromium/screenshot.js [FILE] [light|dark] [WIDTH]`. */
import { browserOpen, watched } from './browser.ts';
import { fleetOpen } from './fleet.ts';

const [file = 'docs/status.png', scheme = 'light', width = '1280', device = ''] = process.argv.slice(2);

const fleet = await fleetOpen();
const browser = await browserOpen();
try {
  await fleet.pumpsBegin();
  await fleet.lampsFail();
  const { page, wrong } = await watched(browser, `${fleet.gateway().status!}#${device}`, {
    viewport: { width: Number(width), height: 900 },
    deviceScaleFactor: 2,
    colorScheme: scheme === 'dark' ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  await page.getByText('is stopped in').first().waitFor();
  await page.locator('#rows tr').first().waitFor();
  await page.screenshot({ path: file, fullPage: device === '' });
  console.log(`${file}${wrong.length === 0 ? '' : `; ${wrong.join('; ')}`}`);
} finally {
  await browser.close();
  await fleet.close();
}
