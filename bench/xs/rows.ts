/** What is measured, case by case. */
import { join } from 'node:path';
import { compileScript } from '../../hal/xs-riscv/build/firmware.ts';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import type { Row } from '../row.ts';
import { COUNTED, ENVELOPE, KiB, MOST, SPARE, arenaRows, eachKiB, needOf, row } from './figures.ts';
import { ed25519Key, lmsKey, p256Key } from './keys.ts';
import { lineRun } from './line.ts';
import { packed, rigClose, rigOffer, rigOpen, rigRun, source } from './machine.ts';
import type { Counted, Rig, Subject } from './machine.ts';
import { least, leastNeed } from './search.ts';
import type { Need } from './search.ts';

interface Receive extends Subject {
  readonly title: string;
  /** Bytes of arena, at most. */
  readonly goal: number;
  /** Where the search begins, where it is not with what most take. */
  readonly near?: Need;
}

/** An envelope with HSS/LMS is of 1,566 bytes: with room for another key. */
const ENVELOPE_LMS = 2048;

const receives = (): Receive[] => [
  {
    name: 'native',
    title: 'receive, hash and signature native',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    goal: 16 * KiB,
  },
  {
    name: 'lms',
    title: 'receive, LMS in JavaScript over native hash',
    key: lmsKey(),
    envelopeMax: ENVELOPE_LMS,
    goal: 18 * KiB,
  },
  {
    name: 'script',
    title: 'receive, all in JavaScript but the signature',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    scriptHash: true,
    goal: 32 * KiB,
  },
  {
    name: 'noble',
    title: 'receive, noble Ed25519 in JavaScript over native hash',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    application: 'noble-ed25519.ts',
    near: { arena: 81_664, stack: 400 },
    imageVerifies: true,
    goal: 96 * KiB,
  },
  {
    name: 'noble-p256',
    title: 'receive, noble P-256 in JavaScript over native hash',
    key: p256Key(),
    envelopeMax: ENVELOPE,
    application: 'noble-p256.ts',
    near: { arena: 95_232, stack: 432 },
    imageVerifies: true,
    goal: 96 * KiB,
  },
];

/** Where the image verifies: what of it is not the agent's. */
const verifierRows = (rig: Rig, title: string, counted: Counted | undefined): Row[] => [
  row('instructions to load the modules', title, counted?.loaded, 'instructions'),
  row('instructions for one signature', title, counted?.signature, 'instructions'),
  row('byte code of the modules', title, rig.application.length, 'bytes'),
];

/** Instructions for what a case does, at twice the memory. */
const instructionRows = async (rig: Rig, subject: Receive, image: Uint8Array): Promise<Row[]> => {
  const { title, name } = subject;
  const counted = await rigRun(rig, COUNTED, 'staged', true);
  return [
    row('instructions for a KB of image', title, eachKiB(counted, image), 'instructions'),
    row('instructions to verify the envelope', title, counted?.verified, 'instructions'),
    ...(subject.imageVerifies === true ? verifierRows(rig, title, counted) : []),
    ...(name === 'native' ? [row('instructions', 'boot decision', counted?.decided, 'instructions')] : []),
  ];
};

export const receiveRows = async (
  image: Uint8Array,
  only: string | undefined,
  said: (rows: readonly Row[]) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const subject of receives()) {
    if (only !== undefined && only !== subject.name) continue;
    const rig = await rigOpen(subject);
    rigOffer(rig, packed(rig, image, 2));
    const of: Row[] = [];
    if (subject.name === 'native')
      of.push(
        ...arenaRows('boot decision, hash and signature native', await needOf(rig, 'decided'), 6 * KiB),
      );
    of.push(...arenaRows(subject.title, await needOf(rig, 'staged', subject.near), subject.goal));
    of.push(...(await instructionRows(rig, subject, image)));
    rigClose(rig);
    said(of);
    rows.push(...of);
  }
  return rows;
};

/** What is there without the agent. */
const FLOORS: readonly (readonly [string, string])[] = [
  ['a machine that does nothing', 'nothing.ts'],
  ['ports and configuration of the boot decision, and nothing else', 'ports.ts'],
];

export const floorRows = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const [title, entry] of FLOORS) {
    const rig = await rigOpen({
      name: `floor-${entry}`,
      key: ed25519Key(),
      envelopeMax: ENVELOPE,
      entry: source(entry),
    });
    rows.push(...arenaRows(title, await needOf(rig, 'decided', { arena: 4096, stack: 96 })));
    rigClose(rig);
  }
  return rows;
};

/** The device with its serial line and an application: everything that lies in RAM. */
export const wholeRows = async (): Promise<Row[]> => {
  const title = 'update over the serial line';
  const rig = await rigOpen({
    name: 'whole',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    entry: source('../../hal/xs-riscv/firmware/main.ts'),
    application: 'passes.ts',
  });
  const { envelope, payload } = packed(rig, rig.application, 2);
  const bundle = new Uint8Array(Buffer.concat([envelope, payload]));
  const need = await leastNeed(MOST, (some) => lineRun(rig, bundle, { ...some, ram: some.arena + SPARE }));
  const ram =
    need &&
    (await least(need.arena, need.arena + SPARE, KiB, (bytes) =>
      lineRun(rig, bundle, { ...need, ram: bytes }),
    ));
  rigClose(rig);
  return [
    ...arenaRows(title, need),
    row('whole machine, all RAM', title, ram, 'bytes', 64 * KiB),
    row('byte code', 'firmware with serial line', rig.firmware.archive.length, 'bytes'),
    row('frozen realm, in flash', 'firmware with serial line', rig.firmware.frozen.length, 'bytes'),
  ];
};

const CODES: readonly (readonly [string, string, number])[] = [
  ['agent with all device stages', 'agent.ts', 40 * KiB],
  ['boot half', 'boot.ts', 8 * KiB],
];

/** What a board may put into its configuration. */
const MORE: readonly (readonly [string, string])[] = [
  ['patches', 'agent-patches.ts'],
  ['swap mode', 'agent-swap.ts'],
  ['HSS/LMS', 'agent-hss-lms.ts'],
];

const codeOf = async (entry: string): Promise<number> =>
  (await compileScript(source(entry), join(cache('firmware'), `bench-${entry}.xsb`))).length;

/** Archives: byte code, and the names in it. */
export const codeRows = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const [title, entry, goal] of CODES)
    rows.push(row('byte code', title, await codeOf(entry), 'bytes', goal));
  const agent = await codeOf('agent.ts');
  for (const [title, entry] of MORE)
    rows.push(row('byte code', `${title}, beside the agent`, (await codeOf(entry)) - agent, 'bytes'));
  return rows;
};
