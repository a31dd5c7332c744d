import { lines, thousands } from '../answer.ts';
import { describeSlot } from '../describe.ts';
import type { Description } from '../describe.ts';
import { describeJournal } from '../describe-journal.ts';
import { describeWait, timeText } from '../describe-wait.ts';
import type { ClockKind } from '../../bootloader-sim/index.ts';
import type { Clock } from '../../hal/ports.ts';
import { writtenBar } from '../picture.ts';
import { journalRead } from '../read-journal.ts';
import { slotRead } from '../read-slot.ts';
import { boardKept, boardRegions } from '../sim/board.ts';
import type { FlashRegion } from '../sim/board.ts';
import { settingsLoad } from '../sim/settings.ts';
import type { Verb } from './verb.ts';

const describeRegion = (region: FlashRegion): Description => {
  const slot = slotRead(region.bytes);
  if (slot) return describeSlot(slot, region.name, region.from);
  const size = region.bytes.length;
  const written = region.bytes.filter((byte) => byte !== region.eraseValue).length;
  const head = `${region.name}  0x${region.from.toString(16)}, ${thousands(size)} bytes`;
  const said = written === 0 ? 'blank' : 'no complete tail: nothing in it can boot';
  return {
    rows: [{ kind: 'slot', name: region.name, from: region.from, size, written, good: false }],
    text: `${head}\n${writtenBar(region.bytes, region.eraseValue)}\n${said}`,
  };
};

/** What the board takes the time for. */
const clockOf = (kind: ClockKind = 'trusted', seconds: number): Clock | undefined =>
  kind === 'none' || kind === 'uptime'
    ? undefined
    : { now: () => seconds, trusted: () => kind === 'trusted', told: () => seconds };

export const simStatus: Verb = {
  example: 'flipside sim status board',
  define(command) {
    command.argument('<board>', 'the folder of flipside sim create');
  },
  run([given]) {
    const folder = given as string;
    const settings = settingsLoad(folder);
    const [slotA, slotB, journal] = boardRegions(folder) as [FlashRegion, FlashRegion, FlashRegion];
    const parts = [
      describeRegion(slotA),
      describeRegion(slotB),
      describeJournal(journalRead(journal.bytes, journal.sectors), journal.from),
    ];
    const { boots, seconds, record } = boardKept(folder);
    const { owner, clock } = settings;
    if (owner) parts.push(describeWait(record, owner, clockOf(clock, seconds)));
    const head = lines([
      ['board', settings.board],
      ['boots', boots],
      ...(seconds > 0 ? [['time', timeText(seconds)] as const] : []),
      ...(settings.cut
        ? [['planned', `the power goes ${settings.cut.where} operation ${settings.cut.operation}`] as const]
        : []),
    ]);
    return {
      rows: [
        { kind: 'board', board: settings.board, boots, seconds, cut: settings.cut !== undefined },
        ...parts.flatMap((part) => part.rows),
      ],
      text: [head, ...parts.map((part) => part.text)].join('\n\n'),
    };
  },
};
