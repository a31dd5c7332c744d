import { readFileSync } from 'node:fs';
import test from 'ava';
import { Ok } from '../../agent/codes.ts';
import { liveOf } from '../../bootloader-sim/index.ts';
import { createLink, runLink } from '../../bootloader-sim/link/link.ts';
import * as coap from '../../hal/coap/index.ts';
import { boardOf } from '../serial/_rig.ts';
import { filesOf, first, second, staged } from './_release.ts';
import { peerOf, shareOf } from './_rig.ts';
import { serveFiles } from './_update.ts';

test('the wiring in PORTING.md takes an update', (t) => {
  const section = readFileSync('docs/PORTING.md', 'utf8').split('\n## 19 CoAP\n')[1]!;
  const [, code] = /```js\n(import [^;]+;\n[^]+?)```/.exec(section)!;
  const [imports, ...lines] = code!.split(';\n');
  const names = /\{([^}]+)\}/
    .exec(imports!)![1]!
    .split(',')
    .map((name) => name.trim());
  const board = boardOf(first);
  const link = createLink({ seed: 1, loss: 0.1, delay: 20 });
  const share = shareOf(5);
  let time = 0;
  let due = Infinity;
  let again = (): void => undefined;
  const ended: number[] = [];
  const radio = {
    send: (bytes: Uint8Array) => link.send(0, bytes, time),
    onDatagram: (_: Uint8Array): unknown => t.fail(),
  };
  const given = {
    radio,
    trng: { next: () => Math.floor(share() * 2 ** 32) },
    agent: liveOf(board).agent,
    now: () => time,
    timer: {
      at: (next: number, run: () => void) => {
        due = next;
        again = run;
      },
    },
    done: (...codes: number[]) => ended.push(...codes),
  };
  const parts = names.map((name) => (coap as Record<string, unknown>)[name]);
  // eslint-disable-next-line no-new-func
  new Function(...names, ...Object.keys(given), lines.join(';\n'))(...parts, ...Object.values(given));

  const files = filesOf(second);
  const renamed = Object.fromEntries(
    Object.entries(files).map(([path, bytes]) => [path.replace('/fw/', '/lamp/'), bytes]),
  );
  const device = peerOf();
  const server = coap.openEndpoint({
    transmit: (_, bytes, length) => link.send(1, bytes.subarray(0, length), time),
    random: shareOf(6),
    outgoing: [64],
    serve: serveFiles(renamed),
  });
  runLink(
    link,
    [
      {
        receive: (bytes, now) => {
          time = now;
          radio.onDatagram(bytes);
        },
        tick: (now) => {
          time = now;
          if (due <= now && ended.length === 0) again();
          return due;
        },
      },
      {
        receive: (bytes, now) => {
          time = now;
          server.receive(device, bytes, 0, bytes.length, now);
        },
        tick: (now) => server.tick(now),
      },
    ],
    () => ended.length > 0,
  );
  t.deepEqual(ended, [Ok, Ok]);
  t.true(staged(board));
  t.true(link.counts.lost > 0);
});
