/** What is measured, case by case. */
import { join } from 'node:path';
import { compileScript } from '../../hal/xs-riscv/build/firmware.ts';
import { machineRun } from '../../hal/xs-riscv/build/machine.ts';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import { row as figure } from '../row.ts';
import type { Row } from '../row.ts';
import { ed25519Key, lmsKey, p256Key } from './keys.ts';
import { lineRun } from './line.ts';
import {
  FAILED,
  packed,
  PATIENCE,
  rigClose,
  rigFlash,
  rigOffer,
  rigOpen,
  rigRun,
  source,
} from './machine.ts';
import type { Counted, Goal, Rig, Subject } from './machine.ts';
import { least, leastNeed } from './search.ts';
import type { Need } from './search.ts';

const KiB = 1024;
const MOST: Need = { arena: 128 * KiB, stack: 1024 };
/** Room beside the arena, where it is not what is measured. */
const SPARE = 96 * KiB;

const row = (metric: string, subject: string, value: number | undefined, unit: string, goal?: number): Row =>
  // What does not come through at all meets no goal.
  figure(metric, value ?? Infinity, unit, { board: subject, ...(goal === undefined ? {} : { goal }) });

const needOf = (rig: Rig, goal: Goal): Promise<Need | undefined> =>
  leastNeed(
    MOST,
    async (need) => (await rigRun(rig, { ...need, ram: need.arena + SPARE }, goal)) !== undefined,
  );

const arenaRows = (subject: string, need: Need | undefined, goal?: number): Row[] => [
  row('smallest arena', subject, need?.arena, 'bytes', goal),
  row('of it the stack', subject, need && need.stack * 16, 'bytes'),
];

interface Receive extends Subject {
  readonly title: string;
  /** Bytes of arena, at most. */
  readonly goal: number;
}

/** Bytes of envelope that the boards take. These are of 330 bytes, of 1,566 with HSS/LMS: with room for another key. */
const ENVELOPE = 1024;
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
    imageVerifies: true,
    goal: 96 * KiB,
  },
  {
    name: 'noble-p256',
    title: 'receive, noble P-256 in JavaScript over native hash',
    key: p256Key(),
    envelopeMax: ENVELOPE,
    application: 'noble-p256.ts',
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
  const memory = { arena: 2 * MOST.arena, stack: MOST.stack, ram: 2 * MOST.arena + SPARE };
  const counted = await rigRun(rig, memory, 'staged', true);
  const each = counted && Math.round((counted.staged - counted.verified) / (image.length / KiB));
  return [
    row('instructions for a KB of image', title, each, 'instructions'),
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
    rigOffer(rig, image);
    const of: Row[] = [];
    if (subject.name === 'native')
      of.push(
        ...arenaRows('boot decision, hash and signature native', await needOf(rig, 'decided'), 6 * KiB),
      );
    of.push(...arenaRows(subject.title, await needOf(rig, 'staged'), subject.goal));
    of.push(...(await instructionRows(rig, subject, image)));
    rigClose(rig);
    said(of);
    rows.push(...of);
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

/** Archives: byte code, and the names in it. */
export const codeRows = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const [title, entry, goal] of CODES) {
    const archive = await compileScript(source(entry), join(cache('firmware'), `bench-${entry}.xsb`));
    rows.push(row('byte code', title, archive.length, 'bytes', goal));
  }
  return rows;
};

/** The project's own ciphers: a key unwrapped, and a piece of 2,048 bytes opened. */
export const decryptionRows = async (): Promise<Row[]> => {
  const rig = await rigOpen({
    name: 'decryption',
    key: ed25519Key(),
    envelopeMax: ENVELOPE,
    entry: source('decryption.ts'),
  });
  const memory = { ...MOST, ram: MOST.arena + SPARE };
  const { output } = await machineRun(
    { ...rigFlash(rig, memory), ram: memory.ram, counted: true },
    PATIENCE,
    (text) => /unwrapped .*\n/.test(text) || FAILED.test(text),
  );
  rigClose(rig);
  const opened = (algorithm: number): number | undefined => {
    const found = new RegExp(`opened ${algorithm} true (\\d+) (\\d+)\n`).exec(output);
    return found === null ? undefined : Math.round((Number(found[2]) * KiB) / Number(found[1]));
  };
  const unwrapped = /unwrapped true (\d+) (\d+)\n/.exec(output);
  const count = (at: number): number | undefined => (unwrapped === null ? undefined : Number(unwrapped[at]));
  const entry = 'device-decryption.ts';
  const archive = await compileScript(source(entry), join(cache('firmware'), `bench-${entry}.xsb`));
  return [
    row('instructions for a KB', 'ChaCha20-Poly1305 in JavaScript', opened(24), 'instructions'),
    row('instructions for a KB', 'AES-GCM in JavaScript', opened(1), 'instructions'),
    row('instructions to open it', 'decryption in JavaScript', count(2), 'instructions'),
    row('instructions to unwrap a key of 32 bytes', 'decryption in JavaScript', count(1), 'instructions'),
    row('byte code', 'decryption in JavaScript', archive.length, 'bytes'),
  ];
};
