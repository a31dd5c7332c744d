/** The board of the demo, a process of its own: to start it is to give it power, SIGKILL is to pull the plug. */
import { readFileSync } from 'node:fs';
import { Ok, reportNew, statusNew } from 'flipside/agent';
import type { Agent } from 'flipside/agent';
import { activate, createBoard, liveOf, provision, run } from 'flipside/bootloader-sim';
import type { BootRecord } from 'flipside/bootloader-sim';
import { BOARDS, update } from 'flipside/hal/node';
import { anchorLoad, anchorRecord, classIdentifier, vendorIdentifier } from 'flipside/publisher';
import type { Boot, Message, Operations, Order, Progress, ReportSeen, Setup, Standing } from './protocol.ts';

const setup = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Setup;
const vendor = vendorIdentifier(setup.vendor);
const profile = BOARDS[setup.board];
const board = createBoard({
  profile,
  config: {
    vendor,
    classId: classIdentifier(vendor, setup.model),
    anchors: [anchorRecord(anchorLoad(setup.anchorFile))],
  },
  directory: setup.directory,
  behaviours: setup.behaviours,
});

const operations = { slotErases: 0, slotPrograms: 0, journalErases: 0, journalPrograms: 0 };
const { starts } = board.flash.devices[profile.journal.device]!.sectors;
const { from, count } = profile.journal;
const inJournal = (offset: number): boolean =>
  offset >= starts[from]! && offset < (starts[from + count] ?? Infinity);
board.flash.power.trace = ({ kind, offset }) => {
  const journal = inJournal(offset);
  if (kind === 'erase') operations[journal ? 'journalErases' : 'slotErases']++;
  else operations[journal ? 'journalPrograms' : 'slotPrograms']++;
};

const send = (message: Message): void => void process.send?.(message);
const status = statusNew();
const report = reportNew();

const progressOf = (agent: Agent | undefined, bytes: number): Progress => {
  agent?.status(status);
  const { position, blocks, blocksFetched: fetched, blocksCopied: copied, blocksKept: kept } = status;
  return { bytes, position, blocks, fetched, copied, kept, ...(operations satisfies Operations) };
};

const bootOf = (record: BootRecord): Boot => {
  const { number, cause, ended } = record;
  const { slot, sequence, trial, attempt } = record.decision;
  const log = record.events.filter((line) => line.code === undefined).map((line) => line.text);
  return { number, cause, slot, sequence, trial, attempt, ended, log };
};

const reportOf = (agent: Agent | undefined): ReportSeen => {
  agent?.report(report);
  const check = new TextDecoder().decode(report.check).replace(/\0+$/, '');
  return {
    event: report.event,
    code: report.code,
    check,
    attempts: report.attempts,
    from: report.from,
    to: report.to,
  };
};

interface Outcome {
  readonly code?: number;
  readonly bytes?: number;
  readonly received?: number;
  readonly requests?: number;
  readonly boots?: readonly Boot[];
}

/** Fetches an update over HTTP. A server that is gone is asked again, twenty times a second. */
const offer = async (agent: Agent, url: string): Promise<Outcome> => {
  let seen = -1;
  const alive = (bytes: number): boolean => {
    if (bytes !== seen) send({ kind: 'progress', progress: progressOf(agent, bytes) });
    seen = bytes;
    return true;
  };
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
  const { code, bytesSent, received, requests } = await update(agent, {
    envelopeUrl: url,
    retries: 200,
    pause,
    alive,
  });
  return { code, bytes: bytesSent, received, requests };
};

const obey = async (order: Order): Promise<Outcome> => {
  switch (order.do) {
    case 'look':
      return {};
    case 'provision':
      provision(board, 0, new Uint8Array(readFileSync(order.file)));
      return {};
    case 'live': {
      const life = run(board);
      if (!life.done) throw new Error('the board does not settle');
      return { boots: life.history.map(bootOf) };
    }
    case 'offer':
      return offer(liveOf(board).agent!, order.url);
    case 'activate':
      return { code: activate(board) };
  }
};

const standingOf = (outcome: Outcome): Standing => {
  // To look at a board must not boot it: after activate it stands between two boots.
  const agent = board.live?.agent;
  const progress = progressOf(agent, outcome.bytes ?? 0);
  const { phase, running, trial, sequence, accepted, verified } = status;
  const { code = Ok, boots = [], received = 0, requests = 0 } = outcome;
  const facts = { phase, running, sequence, accepted, verified, report: reportOf(agent) };
  return { ...progress, ...facts, code, boots, received, requests, trial: trial === 1 };
};

process.on('message', (order: Order) => {
  obey(order).then(
    (outcome) => send({ kind: 'done', standing: standingOf(outcome) }),
    (error: unknown) => send({ kind: 'failed', message: String((error as Error)?.stack ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
