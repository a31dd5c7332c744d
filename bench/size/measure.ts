/** One pair: its patch, and what other tools make of it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rounded } from '../row.ts';
import { envelopeLength } from './envelope.ts';
import type { SizePair } from './images.ts';
import type { Made } from './patch-child.ts';
import { hdiffpatchBest, peersOf } from './peers.ts';
import type { Peers } from './peers.ts';

export interface SizeRow {
  readonly pair: string;
  /** Bytes of the images. */
  readonly old: number;
  readonly new: number;
  readonly mode: string;
  /** With its head, restart points and digests of pieces. */
  readonly payload: number;
  readonly envelope: number;
  readonly total: number;
  readonly units: number;
  readonly copies: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Of the process that made it. */
  readonly peakBytes: number;
  readonly peers: Peers;
  /** Of the payload. */
  readonly goal: number | null;
  readonly met: boolean | null;
}

const child: string = fileURLToPath(new URL('patch-child.js', import.meta.url));

/** A pair without a goal of its own: at most so many percent of the best HDiffPatch. */
const PeerPercent = 105;

export interface Files {
  readonly old: string;
  readonly fresh: string;
  readonly patch: string;
}

export const withFiles = <T>({ old, fresh }: SizePair, use: (files: Files) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-size-'));
  try {
    const files = { old: join(folder, 'old'), fresh: join(folder, 'new'), patch: join(folder, 'patch') };
    writeFileSync(files.old, old);
    writeFileSync(files.fresh, fresh);
    return use(files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const made = ({ old, fresh }: Files, modes: readonly string[] = []): Made =>
  JSON.parse(execFileSync(process.execPath, [child, old, fresh, ...modes], { encoding: 'utf8' })) as Made;

const goalOf = (pair: SizePair, peers: Peers): number | null => {
  if (pair.goal !== undefined) return pair.goal;
  const best = hdiffpatchBest(peers);
  return best === undefined ? null : Math.floor((best * PeerPercent) / 100);
};

export const measured = (pair: SizePair): SizeRow =>
  withFiles(pair, (files) => {
    const patch = made(files);
    const { mode, payload, units, copies, seconds, processorSeconds, peakBytes } = patch;
    const peers = peersOf(files.old, files.fresh, files.patch);
    const envelope = envelopeLength(pair, patch);
    const goal = goalOf(pair, peers);
    return {
      pair: pair.name,
      old: pair.old.length,
      new: pair.fresh.length,
      mode,
      payload,
      envelope,
      total: payload + envelope,
      units,
      copies,
      seconds: rounded(seconds, 1),
      processorSeconds: rounded(processorSeconds, 1),
      peakBytes,
      peers,
      goal,
      met: goal === null ? null : payload <= goal,
    };
  });
