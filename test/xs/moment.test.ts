/** The moment and the time on the XS engine: one life, drawn, has the same answers there as in Node. */
import { join } from 'node:path';
import test from 'ava';
import { momentOpen, waitingNew } from '../../agent/index.ts';
import { BOARD_SOURCES } from '../../hal/xs-riscv/build/places.ts';
import { retainedKeep } from '../../hal/keep/index.ts';
import { dateRead, timekeeperOpen } from '../../hal/time/index.ts';
import { application, boardNew, boardRun } from './_board.ts';

const api = { momentOpen, waitingNew, timekeeperOpen, dateRead, retainedKeep };
type Life = (given: typeof api, say: (line: string) => void) => void;

/** Text, so that both engines run the very same. */
const LIFE = `
  const { momentOpen, waitingNew, timekeeperOpen, dateRead, retainedKeep } = given;
  let seed = 7;
  const draw = (n) => { seed = (seed * 16807) % 2147483647; return seed % n; };
  let own = 0;
  let word = 0;
  const record = new Uint8Array(80);
  const clock = new Uint8Array(16);
  const owner = {
    windows: [{ days: 42, from: 1320, to: 240 }, { days: 127, from: 120, to: 240, moments: 2 }],
    zone: -150, patience: { seconds: 400000, wakes: 30 }, veto: () => word, vetoPatience: { seconds: 90000, wakes: 6 },
    together: () => (word === 3 ? at + 50000 : 0), security: { passes: 16, priority: 1 },
    energy: { receive: 20, activate: 40, level: () => 15 + draw(85) },
  };
  const running = new Uint8Array(32).fill(1);
  const waiting = waitingNew();
  let time, chooser;
  const boot = () => {
    own = 0;
    time = timekeeperOpen(() => own, { built: 1700000000, trustFrom: 2 }, retainedKeep(clock));
    chooser = momentOpen(time, owner, retainedKeep(record));
  };
  boot();
  let at = dateRead('Mon, 01 Jan 2024 12:00:00 GMT');
  say('starts ' + at);
  for (let step = 0; step < 400; step++) {
    const passed = draw(20000);
    own += passed;
    at += passed;
    word = draw(5) > 2 ? draw(9) : 0;
    let did = '';
    if (draw(6) === 0) { time.save(); boot(); did += ' boot'; }
    if (draw(3) === 0) did += ' time ' + time.offer(1 + draw(4), at - 3000000 + draw(6000000), own);
    if (draw(3) === 0) did += ' true ' + time.offer(1 + draw(4), at, own);
    if (draw(15) === 0) did += ' postpone ' + chooser.postpone(draw(100000));
    const sequence = 2 + Math.floor(step / 90);
    const offer = {
      sequence, securityVersion: draw(8) === 0 ? 2 : 1, imageSize: 1, payloadSize: 1, priority: draw(9) - 1,
      manifestDigest: new Uint8Array(32).fill(sequence),
    };
    let code = chooser.ask(1, offer, running, 1);
    if (code === 0) code = chooser.ask(2, offer, running, 1);
    if (code === 0) { chooser.activated(); did += ' activated'; }
    chooser.waiting(waiting);
    say(step + did + ': ' + code + ' ' + waiting.until + ' ' + waiting.seconds + ' ' + waiting.wakes + ' ' + waiting.passed
      + ' | ' + time.trusted() + ' ' + time.now() + ' ' + time.told() + ' ' + time.atLeast());
  }
  let sum = 0;
  for (const byte of record) sum = (sum * 31 + byte) % 1000000007;
  say('record ' + sum);`;

const END = 'that is all';
const from = (path: string): string => JSON.stringify(join(BOARD_SOURCES, path));
const IMPORTS = `
  import { momentOpen } from ${from('../../agent/moment/moment.ts')};
  import { waitingNew } from ${from('../../agent/moment/waiting.ts')};
  import { retainedKeep } from ${from('../keep/index.ts')};
  import { dateRead, timekeeperOpen } from ${from('../time/index.ts')};
  const given: any = { momentOpen, waitingNew, timekeeperOpen, dateRead, retainedKeep };`;

test('a drawn life of 400 steps has the same answers on XS', async (t) => {
  const lines: string[] = [];
  (new Function('given', 'say', LIFE) as Life)(api, (line) => lines.push(line));
  t.true(lines.filter((line) => line.includes('activated')).length > 10);
  for (const code of ['-68', '-170', '-173', '-174', '-175']) {
    t.true(
      lines.some((line) => line.includes(`: ${code} `)),
      code,
    );
  }
  const script = `${IMPORTS} const say = (line: string) => boardLog(line); { ${LIFE} } boardLog('${END}');`;
  const image = await application('moment', `// @ts-nocheck\n${script}`);
  const megabytes = 1024 * 1024;
  const board = boardNew(image, { ram: 16 * megabytes, arena: 12 * megabytes, watchdog: 0 });
  const { output } = await boardRun(board, (text) => text.endsWith(`${END}\n`), 280_000);
  t.deepEqual(output.split('\n').slice(1, -2), lines);
});
