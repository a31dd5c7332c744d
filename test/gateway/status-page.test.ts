/** The files of the page, as they are served. What a browser makes of them: test/peers/chromium.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { assetsRead } from '../../gateway/status/assets.ts';
import { openStatus } from '../../gateway/status/index.ts';
import { statusRooms } from './_status-rooms.ts';

const SOURCE = 'gateway/status/page';
const assets = assetsRead('dist/gateway/status/page');
const textOf = (path: string): string => assets.find((one) => one.path === path)!.body.toString('utf8');

test('each file of the source is there, built or copied', (t) => {
  const wanted = readdirSync(SOURCE)
    .map((name) => `/${name.replace(/\.ts$/, '.js')}`.replace('/index.html', '/'))
    .sort();
  t.true(wanted.includes('/main.js') && wanted.includes('/style.css'));
  t.deepEqual(assets.map(({ path }) => path).sort(), wanted);
});

test('they are served with the policy, and not twice to who has them', async (t) => {
  const status = await openStatus({ ...statusRooms(), port: 0 });
  t.teardown(() => status.close());
  for (const { path, type, body, tag } of assets) {
    const answer = await fetch(new URL(path, status.url));
    t.is(answer.status, 200, path);
    t.is(answer.headers.get('content-type'), type);
    t.is(answer.headers.get('x-content-type-options'), 'nosniff');
    t.regex(answer.headers.get('content-security-policy') ?? '', /default-src 'none'.*trusted-types 'none'/);
    t.true(Buffer.from(await answer.arrayBuffer()).equals(body));
    const again = await fetch(new URL(path, status.url), { headers: { 'if-none-match': tag } });
    t.is(again.status, 304, path);
  }
  for (const path of ['/../index.js', '/page/main.js', '/main.ts', '/%2e%2e/server.js', '/index.html']) {
    t.is((await fetch(status.url.slice(0, -1) + path)).status, 404, path);
  }
});

test('nothing in it is inline, absolute, or of elsewhere', (t) => {
  const index = textOf('/');
  t.notRegex(index, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)/i);
  const named = [...index.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, name]) => `/${name}`);
  t.true(named.length >= 3);
  for (const name of named)
    t.true(
      assets.some(({ path }) => path === name),
      name,
    );
  for (const { path, body } of assets) {
    // Of the vector image: the name of a namespace, which nobody asks for.
    const text = body.toString('utf8').replace('xmlns="http://www.w3.org/2000/svg"', '');
    t.notRegex(text, /https?:\/\/|@import|url\(/, path);
    t.notRegex(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|localStorage|sessionStorage|document\.cookie/,
      path,
    );
  }
  t.regex(readFileSync(`${SOURCE}/dom.ts`, 'utf8'), /textContent/);
});
