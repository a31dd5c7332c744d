/** Faults that once broke a law. */
import test from 'ava';
import { replay, scenarioNamed, traceParse } from '../../bootloader-sim/crash/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { stockOn } from './images.ts';
import { instance } from './_lead.ts';

interface Found {
  readonly was: string;
  readonly board: string;
  readonly scenario: string;
  readonly traces: readonly string[];
  /** What each of them strikes, in the words of a replay: else it is another place than the one it was found for. */
  readonly at: string;
}

const found: readonly Found[] = [
  {
    was: 'the agent read a torn mark that the boot decision could not read, and acted on it unsealed',
    board: 'tiny',
    scenario: 'same-twice',
    traces: ['2:torn-flickers@2#5', '2:torn-comes@2#1', '2:torn-blinks@2#1'],
    at: 'at operation 2: program of 12 bytes at 8528 of flash',
  },
  {
    was: 'the checker took the report of one release for that of another of the same sequence',
    board: 'stm32h7',
    scenario: 'plain',
    traces: [
      '25:torn-flickers@0#1/3:torn-fails@0#1/3:torn-mixed@0#1/2:torn-new@0#1/4:reset-watchdog@0#1/3:torn-old@0#1',
    ],
    at: 'at operation 25: program of 32 bytes at 131424 of flash',
  },
  {
    was: 'a journal of three sectors, one of which no longer erases, took no record after one cut in a first seal',
    board: 'tiny-large-sectors',
    scenario: 'first-update',
    traces: ['0:sector-unerasable@0#1/4:torn-old@0#1'],
    at: 'at operation 4: program of 16 bytes at 65888 of flash',
  },
  {
    was: 'the same where the report of a failed check is what has to be written',
    board: 'tiny-two-devices',
    scenario: 'fails-check',
    traces: ['0:sector-unerasable@0#1/9:torn-fails@0#1'],
    at: 'at operation 9: program of 16 bytes at 2400 of internal',
  },
  {
    was: 'a confirm that read as cut was made good in place: cut there, the bootloader went back, and nobody said why',
    board: 'tiny-idf',
    scenario: 'same-twice',
    traces: ['18:torn-blinks@2#1/0:cut-after@0#1', '18:torn-blinks@2#1/1:cut-after@0#1'],
    at: 'at operation 18: program of 12 bytes at 4432 of flash',
  },
  {
    was: 'the same after a first update',
    board: 'tiny-idf',
    scenario: 'plain',
    traces: ['35:torn-blinks@2#1/1:cut-after@0#1'],
    at: 'at operation 35: program of 12 bytes at 336 of flash',
  },
  {
    was: 'the same where the board was reset in it',
    board: 'tiny-idf',
    scenario: 'idle-boots',
    traces: ['18:torn-blinks@2#1/2:reset-watchdog@0#1'],
    at: 'at operation 18: program of 12 bytes at 4432 of flash',
  },
];

for (const { was, board, scenario, traces, at } of found) {
  test(was, (t) => {
    for (const text of traces) {
      const said: string[] = [];
      const profile = boardProfile(board);
      const given = { profile, scenario: scenarioNamed(scenario), stock: stockOn(profile), instance };
      const violation = replay({ ...given, trace: traceParse(text) }, (words) => said.push(words));
      t.is(violation?.message, undefined, text);
      t.true(
        said.some((words) => words.split('\n')[0]!.endsWith(at)),
        said.join('\n'),
      );
    }
  });
}
